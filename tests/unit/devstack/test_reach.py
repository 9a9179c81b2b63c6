import types
from typing import Any

from devstack import reach


def server(name: str, *volumes: str, **values: Any) -> Any:
    held = [{"id": volume} for volume in volumes]
    facts = {"status": "ACTIVE", "task_state": None, **values}
    return types.SimpleNamespace(id=name, attached_volumes=held, **facts)


def volume(name: str, status: str = "in-use") -> Any:
    return types.SimpleNamespace(id=name, status=status)


def test_a_volume_that_a_guest_has_open_and_not_been_given_is_told():
    found = reach.differences([server("s1", "v1")], [], {"v1", "v2"}, {("s1", "v1"), ("s1", "v2")})
    assert list(found) == ["server s1 reaches volume v2, which it does not have"]


def test_a_volume_that_a_running_guest_should_have_open_is_told():
    servers = [
        server("s1", "v1", "v2", "far"),
        server("s2", "v3", status="SHUTOFF"),
        server("s3", "v4", task_state="powering-off"),
    ]
    volumes = [volume(name) for name in ("v1", "v3", "v4", "far")]
    volumes.append(volume("v2", "attaching"))
    found = reach.differences(servers, volumes, {"v1", "v2", "v3", "v4"}, set())
    assert list(found) == ["server s1 runs and does not reach its volume v1"]
