"""Repairing a server: rescue and back, another password, the interrupt for a dump."""

from typing import Any

import pytest

from common.context import RequestContext
from compute.db.models import Server
from compute.drivers.base import GuestFault, GuestState
from compute.logic import orders
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def act(
    cloud: Cloud, server_id: str, name: str, body: Any = None, version: str | None = None
) -> Any:
    return cloud.post(f"/servers/{server_id}/action", {name: body}, version)


def actions(cloud: Cloud, server_id: str) -> list[dict[str, Any]]:
    found = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    return list(found)


def test_a_server_boots_from_another_image_and_comes_back_to_its_own_disk(cloud: Cloud):
    server_id = cloud.server()
    other = cloud.images.add(b"tools")
    wanted = {"adminPass": "letmein", "rescue_image_ref": other}
    answer = act(cloud, server_id, "rescue", wanted)
    assert (answer.status_code, answer.json) == (200, {"adminPass": "letmein"})
    shown = cloud.wait(server_id, "RESCUE")
    assert (shown["OS-EXT-STS:vm_state"], shown["image"]["id"]) == ("rescued", cloud.image_id)
    guest = cloud.worker.driver.guest(server_id)
    assert guest.state is GuestState.RUNNING
    assert guest.rescued and guest.rescued.image.image_id == other
    assert b"letmein" in guest.rescued.seed["openstack/latest/meta_data.json"]
    for refused in ("os-stop", "pause", "rescue", "shelve"):
        assert act(cloud, server_id, refused).status_code == 409
    assert act(cloud, server_id, "reboot", {"type": "HARD"}).status_code == 409
    assert act(cloud, server_id, "unrescue").status_code == 202
    cloud.wait(server_id, "ACTIVE")
    assert cloud.worker.driver.guest(server_id).rescued is None


def test_without_an_image_it_is_the_servers_own_and_a_password_is_made(cloud: Cloud):
    server_id = cloud.server()
    answer = act(cloud, server_id, "rescue")
    assert len(answer.json["adminPass"]) == 12
    cloud.wait(server_id, "RESCUE")
    guest = cloud.worker.driver.guest(server_id)
    assert guest.rescued and guest.rescued.image.image_id == cloud.image_id


def test_a_rescue_that_fails_leaves_the_server_as_it_was(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.fail("rescue", GuestFault(reason="The disk is full."))
    act(cloud, server_id, "rescue")
    cloud.wait(server_id, "ACTIVE")
    assert cloud.worker.driver.state(server_id) is GuestState.RUNNING
    assert actions(cloud, server_id)[0]["message"] == "The disk is full."


def test_an_order_that_comes_twice_stops_no_guest(cloud: Cloud):
    server_id = cloud.server()
    act(cloud, server_id, "rescue")
    with cloud.database.reading() as session:
        order, host = orders.order_for(session.get_one(Server, server_id), [])
    cloud.wait(server_id, "RESCUE")
    cloud.worker.stop()
    cloud.worker.start()
    stops = cloud.worker.driver.calls.count(("stop", server_id))
    cloud.bus.cast(RequestContext.internal(), order, host=host)
    wait_for(lambda: cloud.worker.driver.calls[-1], ("start", server_id))
    assert cloud.worker.driver.calls.count(("stop", server_id)) == stops


def test_a_rescued_server_can_be_deleted(cloud: Cloud):
    server_id = cloud.server()
    act(cloud, server_id, "rescue")
    cloud.wait(server_id, "RESCUE")
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert cloud.worker.driver.guests() == {}


@pytest.mark.parametrize("kind", ["none", "container"])
def test_an_image_that_is_none_or_of_another_kind_is_refused(cloud: Cloud, kind: str):
    container = cloud.images.add(b"tar", img_hv_type="lxc")
    nobody = "11111111-2222-3333-4444-555555555555"
    wanted = {"rescue_image_ref": container if kind == "container" else nobody}
    server_id = cloud.server()
    assert act(cloud, server_id, "rescue", wanted).status_code == 400
    assert cloud.shown(server_id)["status"] == "ACTIVE"


def test_a_container_takes_another_password(cloud: Cloud):
    server_id = cloud.server(imageRef=cloud.images.add(b"tar", img_hv_type="lxc"))
    assert act(cloud, server_id, "changePassword", {"adminPass": "new"}).status_code == 202
    cloud.wait(server_id, "ACTIVE")
    assert cloud.worker.driver.guest(server_id).password == "new"
    with cloud.database.reading() as session:
        assert session.get_one(Server, server_id).admin_pass is None
    assert act(cloud, server_id, "changePassword", {"adminPass": "a\nb"}).status_code == 400
    assert act(cloud, server_id, "changePassword", {}).status_code == 400


def test_a_kvm_guest_takes_one_only_where_its_image_has_an_agent(cloud: Cloud):
    server_id = cloud.server()
    answer = act(cloud, server_id, "changePassword", {"adminPass": "new"})
    assert answer.status_code == 409
    assert "hw_qemu_guest_agent" in answer.text
    agent = cloud.images.add(b"bytes", hw_qemu_guest_agent="yes")
    server_id = cloud.server("second", imageRef=agent)
    assert act(cloud, server_id, "changePassword", {"adminPass": "new"}).status_code == 202
    cloud.wait(server_id, "ACTIVE")
    act(cloud, server_id, "os-stop")
    cloud.wait(server_id, "SHUTOFF")
    assert act(cloud, server_id, "changePassword", {"adminPass": "new"}).status_code == 409


def test_a_crash_dump_is_asked_of_kvm_guests_from_2_17_on(cloud: Cloud):
    server_id = cloud.server()
    assert act(cloud, server_id, "trigger_crash_dump", None, "2.16").status_code == 400
    assert act(cloud, server_id, "trigger_crash_dump", None, "2.17").status_code == 202
    wait_for(lambda: "NMI received" in cloud.worker.driver.console_log(server_id))
    cloud.wait(server_id, "ACTIVE")
    container = cloud.server("second", imageRef=cloud.images.add(b"tar", img_hv_type="lxc"))
    assert act(cloud, container, "trigger_crash_dump", None, "2.17").status_code == 400
