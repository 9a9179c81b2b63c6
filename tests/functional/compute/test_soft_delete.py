"""Deleted servers that can be had back, and locked ones that nothing happens to."""

from typing import Any

import pytest

from compute.drivers.base import GuestState
from tests.support.compute_cloud import Cloud


def act(cloud: Cloud, server_id: str, name: str, body: Any = None) -> Any:
    return cloud.post(f"/servers/{server_id}/action", {name: body})


def put_aside(cloud: Cloud) -> str:
    server_id = cloud.server()
    cloud.logic.servers._reclaim_s = 60
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.wait(server_id, "SOFT_DELETED")
    return server_id


def test_a_deleted_server_is_put_aside_and_restored(cloud: Cloud):
    server_id = put_aside(cloud)
    assert cloud.worker.driver.guests() == {server_id: GuestState.OFF}
    assert cloud.get("/servers").json["servers"] == []
    assert cloud.get("/limits").json["limits"]["absolute"]["totalInstancesUsed"] == 0
    assert act(cloud, server_id, "os-start").status_code == 409
    assert act(cloud, server_id, "restore").status_code == 202
    cloud.wait(server_id, "ACTIVE")
    assert cloud.worker.driver.state(server_id) is GuestState.RUNNING
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert [one["action"] for one in actions] == ["restore", "delete", "create"]


@pytest.mark.parametrize("word", ["delete", "force"])
def test_a_server_put_aside_is_deleted_for_good_on_a_second_word(cloud: Cloud, word: str):
    server_id = put_aside(cloud)
    if word == "delete":
        assert cloud.delete(f"/servers/{server_id}").status_code == 204
    else:
        assert act(cloud, server_id, "forceDelete").status_code == 202
    cloud.gone(server_id)
    assert cloud.worker.driver.guests() == {}


def test_what_nobody_wants_back_goes_after_its_time(cloud: Cloud):
    server_id = put_aside(cloud)
    cloud.stop_controller()
    cloud.conf.set_override("reclaim_instance_interval_s", 0.1, "compute")
    cloud.start_controller()
    cloud.gone(server_id)


def test_a_server_that_is_not_deleted_cannot_be_restored(cloud: Cloud):
    server_id = cloud.server()
    assert act(cloud, server_id, "restore").status_code == 409
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert act(cloud, server_id, "restore").status_code == 404


VERBS: list[tuple[str, Any]] = [
    ("os-stop", None),
    ("reboot", {"type": "HARD"}),
    ("pause", None),
    ("suspend", None),
    ("createImage", {"name": "x"}),
    ("createBackup", {"name": "x", "backup_type": "daily", "rotation": 1}),
    ("resize", {"flavorRef": "2"}),
    ("shelve", None),
    ("rescue", None),
    ("rebuild", {"imageRef": ""}),
    ("changePassword", {"adminPass": "x"}),
    ("forceDelete", None),
]


def test_a_locked_server_refuses_every_verb_of_its_owner(cloud: Cloud):
    server_id = cloud.server()
    act(cloud, server_id, "lock")
    for name, body in VERBS:
        wanted = {"imageRef": cloud.image_id} if name == "rebuild" else body
        assert act(cloud, server_id, name, wanted).status_code == 409, name
    assert cloud.delete(f"/servers/{server_id}").status_code == 409
    attach = {"interfaceAttachment": {"net_id": cloud.network_id}}
    assert cloud.post(f"/servers/{server_id}/os-interface", attach).status_code == 409
    port_id = cloud.network.of(server_id)[0]["id"]
    assert cloud.delete(f"/servers/{server_id}/os-interface/{port_id}").status_code == 409
    assert cloud.shown(server_id)["status"] == "ACTIVE"
