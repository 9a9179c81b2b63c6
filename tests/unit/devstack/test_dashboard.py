"""Where Horizon is one of a cloud's processes, and what its process is told."""

import socket

import pytest

from devstack import dashboard, instance, options, preflight, processes, settings
from devstack.instance import Instance


@pytest.fixture
def cloud(tmp_path):
    found = Instance(tmp_path, 10_000, dashboard=True)
    settings.write(found)
    return found


def names(cloud):
    return [process.name for process in processes.services(cloud)]


def test_a_cloud_has_no_dashboard_unless_it_is_asked_for(tmp_path):
    plain = Instance(tmp_path, 10_000)
    settings.write(plain)
    assert "dashboard" not in names(plain)
    assert options.environments(["--state-dir", str(tmp_path)]) == []


def test_what_was_asked_for_once_stays(cloud):
    found = instance.pick(cloud.state_dir, None)
    assert found.dashboard and names(found)[-1] == "dashboard"
    assert options.environments(["--state-dir", str(cloud.state_dir)]) == ["dashboard"]


def test_a_cloud_gets_its_dashboard_later(tmp_path):
    settings.write(Instance(tmp_path, 10_000))
    assert instance.pick(tmp_path, None, dashboard=True).dashboard
    assert options.environments(["--state-dir", str(tmp_path), "--dashboard"]) == ["dashboard"]


def test_its_port_matters_to_those_who_want_it_alone(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        offset = str(port - instance.PORTS["dashboard"])
        wanted = preflight.ports(tmp_path, offset, dashboard=True)
        assert any(f"port {port} " in problem for problem in wanted)
        assert not any(f"port {port} " in problem for problem in preflight.ports(tmp_path, offset))


def test_its_process_knows_the_cloud_and_no_secret(cloud):
    words = " ".join(dashboard.argv(cloud))
    assert f"CUMULET_STATE={cloud.state_dir}" in words
    assert "CUMULET_IDENTITY_URL=http://127.0.0.1:15000/v3" in words
    assert "--bind=127.0.0.1:18088" in words
    assert cloud.secret("dashboard") not in words


def test_passwords_are_offered_by_their_files(cloud):
    line = dashboard.offer(cloud)
    assert str(cloud.state_dir / "secrets/demo") in line
    assert cloud.secret("demo") not in line
