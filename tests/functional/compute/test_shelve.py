"""Servers that are put away, and come back."""

from typing import Any

import pytest
import sqlalchemy as sa

from compute.db.ledger_models import Allocation
from compute.drivers.base import GuestFault, GuestState
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def act(
    cloud: Cloud, server_id: str, name: str, body: Any = None, version: str | None = None, **c: Any
) -> Any:
    return cloud.post(f"/servers/{server_id}/action", {name: body}, version, **c)


def shelved(cloud: Cloud) -> str:
    server_id = cloud.server()
    assert act(cloud, server_id, "shelve").status_code == 202
    cloud.wait(server_id, "SHELVED_OFFLOADED")
    return server_id


def claims(cloud: Cloud) -> int:
    with cloud.database.reading() as session:
        return int(session.scalar(sa.select(sa.func.count()).select_from(Allocation)) or 0)


def images(cloud: Cloud) -> list[str]:
    return [one["id"] for one in cloud.images.images.values() if one["name"] == "web-shelved"]


def kept_on_host(cloud: Cloud, seconds: float = -1) -> None:
    cloud.stop_controller()
    cloud.conf.set_override("shelved_offload_s", seconds, "compute")
    cloud.start_controller()


def test_a_shelved_server_gives_its_place_back_and_keeps_its_disk_and_addresses(cloud: Cloud):
    server_id = cloud.server()
    before = cloud.shown(server_id)["addresses"]
    act(cloud, server_id, "shelve")
    shown = cloud.wait(server_id, "SHELVED_OFFLOADED")
    assert (shown["addresses"], shown["hostId"]) == (before, "")
    assert (cloud.worker.driver.guests(), claims(cloud)) == ({}, 0)
    (image_id,) = images(cloud)
    assert cloud.network.of(server_id)[0]["binding:host_id"] == ""
    assert act(cloud, server_id, "unshelve").status_code == 202
    shown = cloud.wait(server_id, "ACTIVE")
    assert (shown["addresses"], shown["image"]["id"]) == (before, cloud.image_id)
    assert cloud.worker.driver.spec(server_id).image.image_id == image_id
    assert cloud.network.of(server_id)[0]["binding:host_id"] == "host-1"
    assert (images(cloud), claims(cloud)) == ([], 3)


def test_a_second_shelve_or_another_verb_is_refused(cloud: Cloud):
    server_id = shelved(cloud)
    for name in ("shelve", "os-start", "pause"):
        assert act(cloud, server_id, name).status_code == 409
    assert act(cloud, server_id, "shelveOffload", roles=["admin"]).status_code == 409
    assert act(cloud, server_id, "shelveOffload").status_code == 403


def test_deleting_a_shelved_server_takes_its_image_along(cloud: Cloud):
    server_id = shelved(cloud)
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert images(cloud) == []
    assert cloud.network.of(server_id) == []


def test_a_server_may_stay_on_its_host_and_starts_there_again(cloud: Cloud):
    kept_on_host(cloud)
    server_id = cloud.server()
    act(cloud, server_id, "shelve")
    cloud.wait(server_id, "SHELVED")
    assert cloud.worker.driver.guests() == {server_id: GuestState.OFF}
    zone = {"availability_zone": "nova"}
    assert act(cloud, server_id, "unshelve", zone, "2.77").status_code == 409
    act(cloud, server_id, "unshelve")
    cloud.wait(server_id, "ACTIVE")
    assert images(cloud) == []
    act(cloud, server_id, "shelve")
    cloud.wait(server_id, "SHELVED")
    assert act(cloud, server_id, "shelveOffload", roles=["admin"]).status_code == 202
    cloud.wait(server_id, "SHELVED_OFFLOADED")


def test_a_shelved_server_is_taken_off_its_host_after_a_while(cloud: Cloud):
    kept_on_host(cloud, 0.5)
    shelved(cloud)
    assert cloud.worker.driver.guests() == {}


def test_a_shelve_that_fails_leaves_no_image(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.fail("snapshot", GuestFault(reason="The disk is full."))
    act(cloud, server_id, "shelve")
    wait_for(lambda: images(cloud), [])
    wait_for(lambda: cloud.shown(server_id)["OS-EXT-STS:task_state"], None)
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert actions[0]["message"] == "The disk is full."


def test_a_server_that_cannot_come_back_stays_shelved_and_may_be_tried_again(cloud: Cloud):
    server_id = shelved(cloud)
    cloud.worker.driver.fail("create", GuestFault(reason="The disk is full."))
    act(cloud, server_id, "unshelve")
    wait_for(lambda: cloud.worker.driver.calls.count(("create", server_id)), 2)
    cloud.wait(server_id, "SHELVED_OFFLOADED")
    wait_for(lambda: (cloud.worker.driver.guests(), claims(cloud)), ({}, 0))
    assert images(cloud)
    act(cloud, server_id, "unshelve")
    cloud.wait(server_id, "ACTIVE")


@pytest.mark.parametrize(
    ("body", "version", "roles", "status"),
    [
        ({"availability_zone": "nova"}, "2.77", ["member"], 202),
        ({"availability_zone": "mars"}, "2.77", ["member"], 400),
        ({"availability_zone": None}, "2.77", ["member"], 400),
        ({"availability_zone": None}, "2.91", ["member"], 202),
        ({"host": "host-1"}, "2.91", ["member"], 403),
        ({"host": "host-1"}, "2.91", ["admin"], 202),
        ({"host": "nowhere"}, "2.91", ["admin"], 400),
        ({}, "2.91", ["member"], 202),
    ],
)
def test_where_a_server_comes_back_may_be_said(
    cloud: Cloud, body: dict[str, Any], version: str, roles: list[str], status: int
):
    server_id = shelved(cloud)
    assert act(cloud, server_id, "unshelve", body, version, roles=roles).status_code == status
    if status == 202:
        cloud.wait(server_id, "ACTIVE")
