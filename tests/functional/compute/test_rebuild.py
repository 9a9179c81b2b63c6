"""Making a server anew, and what must not happen to it on the way."""

from typing import Any

import pytest
import sqlalchemy as sa

from common.context import RequestContext
from compute.db.models import Server
from compute.drivers.base import GuestFault, GuestState
from compute.logic import orders
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def rebuild(cloud: Cloud, server_id: str, version: str | None = None, **wanted: Any) -> Any:
    body = {"rebuild": {"imageRef": cloud.image_id, **wanted}}
    return cloud.post(f"/servers/{server_id}/action", body, version)


def test_a_server_gets_another_image_and_keeps_its_addresses(cloud: Cloud):
    server_id = cloud.server()
    before = cloud.shown(server_id)["addresses"]
    other = cloud.images.add(b"other bytes")
    cloud.worker.driver.delay_s = 0.3
    answer = rebuild(cloud, server_id, imageRef=other, name="new", metadata={"a": "b"})
    assert answer.status_code == 202
    assert answer.json["server"]["status"] == "REBUILD"
    assert len(answer.json["server"]["adminPass"]) == 12
    shown = cloud.wait(server_id, "ACTIVE")
    assert (shown["image"]["id"], shown["name"]) == (other, "new")
    assert (shown["metadata"], shown["addresses"]) == ({"a": "b"}, before)
    assert cloud.worker.driver.spec(server_id).image.image_id == other
    assert cloud.worker.driver.boots(server_id) == 1
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert [one["action"] for one in actions] == ["rebuild", "create"]


def test_a_server_that_is_off_stays_off(cloud: Cloud):
    server_id = cloud.server()
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    cloud.wait(server_id, "SHUTOFF")
    assert rebuild(cloud, server_id).status_code == 202
    cloud.wait(server_id, "SHUTOFF")
    assert cloud.worker.driver.boots(server_id) == 0


def test_an_order_that_comes_twice_wipes_nothing(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.stop()
    rebuild(cloud, server_id)
    with cloud.database.reading() as session:
        server = session.get_one(Server, server_id)
        order, host = orders.order_for(server, [])
    cloud.worker.start()
    cloud.wait(server_id, "ACTIVE")
    cloud.worker.stop()
    cloud.worker.start()
    made = cloud.worker.driver.calls.count(("delete", server_id))
    cloud.bus.cast(RequestContext.internal(), order, host=host)
    wait_for(lambda: cloud.worker.driver.calls[-1], ("start", server_id))
    assert cloud.worker.driver.calls.count(("delete", server_id)) == made


def test_a_rebuild_that_fails_says_why_and_may_be_tried_again(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.fail("create", GuestFault(reason="The disk is full."))
    rebuild(cloud, server_id)
    assert cloud.wait(server_id, "ERROR")["fault"]["message"] == "The disk is full."
    assert rebuild(cloud, server_id).status_code == 202
    assert "fault" not in cloud.wait(server_id, "ACTIVE")
    assert cloud.worker.driver.guests() == {server_id: GuestState.RUNNING}


def test_an_image_that_cannot_be_fetched_leaves_the_old_guest(cloud: Cloud):
    server_id = cloud.server()
    broken = cloud.images.add(b"bytes", os_hash_value="0" * 128)
    rebuild(cloud, server_id, imageRef=broken)
    assert "hash" in cloud.wait(server_id, "ERROR")["fault"]["message"]
    assert cloud.worker.driver.guests() == {server_id: GuestState.RUNNING}


@pytest.mark.parametrize(
    "wrong",
    [
        {"imageRef": "11111111-2222-3333-4444-555555555555"},
        {"imageRef": ""},
        {"name": ""},
        {"accessIPv6": "2001:::1"},
        {"key_name": "later"},
        {"wish": 1},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(cloud: Cloud, wrong: dict[str, Any]):
    server_id = cloud.server()
    assert rebuild(cloud, server_id, **wrong).status_code == 400
    assert cloud.shown(server_id)["status"] == "ACTIVE"


def test_an_image_of_another_kind_is_refused(cloud: Cloud):
    server_id = cloud.server()
    container = cloud.images.add(b"tar", img_hv_type="lxc")
    assert rebuild(cloud, server_id, imageRef=container).status_code == 400


def test_a_busy_or_unplaced_server_is_left_alone(cloud: Cloud):
    cloud.worker.driver.delay_s = 0.5
    server_id = cloud.ask().json["server"]["id"]
    assert rebuild(cloud, server_id).status_code == 409
    cloud.wait(server_id, "ACTIVE")
    with cloud.database.transaction() as session:
        session.execute(sa.update(Server).values(status="ERROR", host=None))
    assert rebuild(cloud, server_id).status_code == 409


def test_key_and_user_data_change_where_the_microversion_knows_them(cloud: Cloud):
    server_id = cloud.server(user_data="YQ==")
    key = cloud.post("/os-keypairs", {"keypair": {"name": "mine"}}).json["keypair"]
    shown = rebuild(cloud, server_id, "2.57", key_name="mine", user_data="Yg==").json["server"]
    assert (shown["key_name"], shown["user_data"]) == ("mine", "Yg==")
    cloud.wait(server_id, "ACTIVE")
    seed = cloud.worker.driver.spec(server_id).seed
    assert seed["openstack/latest/user_data"] == b"b"
    assert key["public_key"].encode()[:60] in seed["openstack/latest/meta_data.json"]
    assert rebuild(cloud, server_id, "2.90", key_name=None).json["server"]["key_name"] is None
