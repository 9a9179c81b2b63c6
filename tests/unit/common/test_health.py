"""Health of processes without an API."""

import pytest

from common import health
from common.sweep import Sweeper


def test_a_well_process_has_no_causes_and_an_unwell_one_names_them(tmp_path):
    causes: list[str] = []

    def check():
        if causes:
            raise health.Unwell(reason=causes[0])

    path = tmp_path / "run" / "p.sock"
    with health.told(path, "p", {"thing": check}):
        assert health.ask(path) == {}
        causes.append("it is broken")
        assert health.ask(path) == {"thing": "it is broken"}
    with pytest.raises(OSError):
        health.ask(path)


def test_a_dead_predecessors_socket_is_no_obstacle(tmp_path):
    path = tmp_path / "p.sock"
    path.touch()
    with health.told(path, "p", {}):
        assert health.ask(path) == {}
        assert path.stat().st_mode & 0o077 == 0


def test_a_sweep_that_never_succeeds_is_late(monkeypatch):
    sweeper = Sweeper("s", 1.0, lambda: None)
    assert sweeper.late_s() == 0
    monkeypatch.setattr("common.sweep.PATIENCE_S", -10.0)
    with pytest.raises(health.Unwell, match="sweep s is"):
        health.sweeping(sweeper)()
