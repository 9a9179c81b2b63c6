"""What is taken away once a cloud's processes have ended."""

import pathlib

import pytest

from common import process
from devstack import leftovers, ovs
from devstack.instance import Instance


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return where a server's file systems were mounted, in a cloud that has ended."""
    monkeypatch.setattr(leftovers, "MOUNTS", tmp_path)
    monkeypatch.setattr(leftovers, "CGROUPS", tmp_path / "groups")
    monkeypatch.setattr(ovs, "clean", lambda *_: None)
    found: pathlib.Path = tmp_path / "cumulet" / "some-server" / "root"
    found.mkdir(parents=True)
    return found


CLOUD = Instance(pathlib.Path("/var/lib/cumulet"))


def test_mount_points_go_with_the_cloud_and_other_clouds_keep_theirs(place, tmp_path):
    (tmp_path / "cu123456" / "root").mkdir(parents=True)
    leftovers.clear(CLOUD)
    assert not (tmp_path / "cumulet").exists()
    assert (tmp_path / "cu123456" / "root").exists()


def test_nothing_is_removed_below_a_mount_that_stays(place, monkeypatch):
    (place / "empty").mkdir()
    monkeypatch.setattr(leftovers, "mounts", lambda _: [str(place)])
    monkeypatch.setattr(process, "run", lambda *_, **__: "")
    leftovers.clear(CLOUD)
    assert (place / "empty").exists()
