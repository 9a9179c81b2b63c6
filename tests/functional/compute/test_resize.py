"""Another size for a server: begun, confirmed, taken back, and what the ledger holds meanwhile."""

from typing import Any

import pytest
import sqlalchemy as sa

from common import clock
from common.context import RequestContext
from compute.db.ledger_models import Allocation
from compute.db.models import Flavor, Migration, Server
from compute.drivers.base import GuestFault, GuestState
from compute.logic import orders
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def flavor(cloud: Cloud, flavor_id: str = "2", **values: Any) -> None:
    facts = {"vcpus": 2, "memory_mib": 1024, "disk_gib": 2, "created_at": clock.utcnow()}
    with cloud.database.transaction() as session:
        session.add(Flavor(id=flavor_id, name=f"flavor-{flavor_id}", **{**facts, **values}))


def act(cloud: Cloud, server_id: str, name: str, body: Any = None, **claims: Any) -> Any:
    return cloud.post(f"/servers/{server_id}/action", {name: body}, **claims)


def resize(cloud: Cloud, server_id: str, flavor_id: str = "2") -> Any:
    return act(cloud, server_id, "resize", {"flavorRef": flavor_id})


def resized(cloud: Cloud) -> str:
    flavor(cloud)
    server_id = cloud.server()
    assert resize(cloud, server_id).status_code == 202
    cloud.wait(server_id, "VERIFY_RESIZE")
    return server_id


def memory_held(cloud: Cloud) -> dict[str, int]:
    with cloud.database.reading() as session:
        query = sa.select(Allocation).where(Allocation.resource_class == "MEMORY_MB")
        return {row.consumer_id: row.used for row in session.scalars(query)}


def migration(cloud: Cloud) -> Migration:
    with cloud.database.reading() as session:
        return session.scalars(sa.select(Migration).order_by(Migration.number.desc())).all()[0]


def size(cloud: Cloud, server_id: str) -> tuple[int, int, int]:
    spec = cloud.worker.driver.spec(server_id)
    return spec.vcpus, spec.memory_mib, spec.disk_gib


def test_a_resize_is_confirmed_and_the_ledger_holds_both_sizes_until_then(cloud: Cloud):
    server_id = resized(cloud)
    assert cloud.shown(server_id)["flavor"]["id"] == "2"
    assert size(cloud, server_id) == (2, 1024, 2)
    assert cloud.worker.driver.state(server_id) is GuestState.RUNNING
    assert memory_held(cloud) == {server_id: 1024, migration(cloud).id: 512}
    assert act(cloud, server_id, "confirmResize").status_code == 204
    cloud.wait(server_id, "ACTIVE")
    assert memory_held(cloud) == {server_id: 1024}
    assert migration(cloud).status == "confirmed"
    assert ("confirm_size", server_id) in cloud.worker.driver.calls
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert [one["action"] for one in actions] == ["confirmResize", "resize", "create"]


def test_a_resize_is_taken_back(cloud: Cloud):
    server_id = resized(cloud)
    assert act(cloud, server_id, "revertResize").status_code == 202
    shown = cloud.wait(server_id, "ACTIVE")
    assert shown["flavor"]["id"] == "1"
    assert size(cloud, server_id) == (1, 512, 1)
    assert cloud.worker.driver.state(server_id) is GuestState.RUNNING
    assert memory_held(cloud) == {server_id: 512}
    assert migration(cloud).status == "reverted"
    assert act(cloud, server_id, "confirmResize").status_code == 409


@pytest.mark.parametrize("word", ["confirmResize", "revertResize"])
def test_a_server_that_was_off_is_off_afterwards(cloud: Cloud, word: str):
    flavor(cloud)
    server_id = cloud.server()
    act(cloud, server_id, "os-stop")
    cloud.wait(server_id, "SHUTOFF")
    resize(cloud, server_id)
    cloud.wait(server_id, "VERIFY_RESIZE")
    act(cloud, server_id, word)
    cloud.wait(server_id, "SHUTOFF")
    assert cloud.worker.driver.state(server_id) is GuestState.OFF


def test_while_it_is_under_way_the_status_says_so(cloud: Cloud):
    flavor(cloud)
    server_id = cloud.server()
    cloud.worker.driver.delay_s = 0.3
    resize(cloud, server_id)
    assert cloud.shown(server_id)["status"] == "RESIZE"
    cloud.wait(server_id, "VERIFY_RESIZE")
    act(cloud, server_id, "revertResize")
    assert cloud.shown(server_id)["status"] == "REVERT_RESIZE"
    cloud.wait(server_id, "ACTIVE")


def test_a_host_that_cannot_leaves_the_server_as_it_was(cloud: Cloud):
    flavor(cloud)
    server_id = cloud.server()
    cloud.worker.driver.fail("resize", GuestFault(reason="The disk is full."))
    resize(cloud, server_id)
    wait_for(lambda: migration(cloud).status, "error")
    shown = cloud.wait(server_id, "ACTIVE")
    assert shown["flavor"]["id"] == "1"
    assert memory_held(cloud) == {server_id: 512}
    assert cloud.worker.driver.state(server_id) is GuestState.RUNNING
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert actions[0]["message"] == "The disk is full."


def test_deleting_a_resized_server_releases_both_sizes(cloud: Cloud):
    server_id = resized(cloud)
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert memory_held(cloud) == {}
    assert migration(cloud).status == "confirmed"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"memory_mib": 60000}, 403),
        ({"vcpus": 30}, 403),
        ({"memory_mib": 8000}, 400),
        ({"disk_gib": 0}, 400),
        ({"disabled": True}, 400),
        ({"extra_specs": {"capabilities:hypervisor_type": "lxc"}}, 400),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    cloud: Cloud, values: dict[str, Any], status: int
):
    flavor(cloud, **values)
    server_id = cloud.server()
    assert resize(cloud, server_id).status_code == status
    assert cloud.shown(server_id)["status"] == "ACTIVE"
    assert memory_held(cloud) == {server_id: 512}


@pytest.mark.parametrize("flavor_id", ["", "1", "nothing"])
def test_a_flavor_that_is_none_or_the_same_is_refused(cloud: Cloud, flavor_id: str):
    assert resize(cloud, cloud.server(), flavor_id).status_code == 400


def test_quota_counts_the_larger_size_until_it_is_settled(cloud: Cloud):
    server_id = resized(cloud)
    limits = cloud.get("/limits").json["limits"]["absolute"]
    assert (limits["totalCoresUsed"], limits["totalRAMUsed"]) == (2, 1024)
    act(cloud, server_id, "revertResize")
    cloud.wait(server_id, "ACTIVE")
    limits = cloud.get("/limits").json["limits"]["absolute"]
    assert (limits["totalCoresUsed"], limits["totalRAMUsed"]) == (1, 512)


def test_an_order_that_comes_twice_stops_no_guest(cloud: Cloud):
    flavor(cloud)
    server_id = cloud.server()
    resize(cloud, server_id)
    with cloud.database.reading() as session:
        order, host = orders.order_for(session.get_one(Server, server_id), [])
    cloud.wait(server_id, "VERIFY_RESIZE")
    cloud.worker.stop()
    cloud.worker.start()
    stops = cloud.worker.driver.calls.count(("stop", server_id))
    cloud.bus.cast(RequestContext.internal(), order, host=host)
    wait_for(lambda: cloud.worker.driver.calls[-1], ("start", server_id))
    assert cloud.worker.driver.calls.count(("stop", server_id)) == stops


def test_a_resize_is_confirmed_by_itself_where_the_operator_says_so(cloud: Cloud):
    server_id = resized(cloud)
    cloud.stop_controller()
    cloud.conf.set_override("resize_confirm_window_s", 0.1, "compute")
    cloud.start_controller()
    cloud.wait(server_id, "ACTIVE")
    assert migration(cloud).status == "confirmed"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("migrate", None),
        ("os-migrateLive", {"host": None, "block_migration": True, "disk_over_commit": False}),
        ("evacuate", {"onSharedStorage": False}),
    ],
)
def test_a_server_stays_on_its_host_and_the_refusal_says_why(cloud: Cloud, name: str, body: Any):
    server_id = cloud.server()
    assert act(cloud, server_id, name, body).status_code == 403
    answer = act(cloud, server_id, name, body, roles=["admin"])
    assert answer.status_code == 400
    assert "host" in answer.text
    assert cloud.shown(server_id)["status"] == "ACTIVE"
    act(cloud, server_id, "suspend")
    cloud.wait(server_id, "SUSPENDED")
    assert act(cloud, server_id, name, body, roles=["admin"]).status_code == 409
