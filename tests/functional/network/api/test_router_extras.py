"""Where routers translate, single extra routes, and ports that get a new MAC."""

from network.drivers.base import Kind
from tests.support.waiting import wait_for


def test_a_router_is_distributed_while_it_is_down(cloud):
    admin = cloud.admin
    body = {"router": {"distributed": True}}
    assert cloud.ann.refused("POST", "/routers", body) == (403, "PolicyNotAuthorized")
    router = admin.make("router")
    assert router["distributed"] is False
    path = f"/routers/{router['id']}"
    assert admin.refused("PUT", path, body) == (400, "RouterUpBeforeUpdate")
    changed = admin.change("router", router["id"], admin_state_up=False, distributed=True)
    assert changed["distributed"] is True
    wait_for(lambda: cloud.held(Kind.ROUTER, router["id"]).distributed)
    assert "distributed" not in cloud.ann.make("router")


def test_single_routes_come_and_go_beside_the_others(light_cloud):
    ann = light_cloud.ann
    network = ann.make("network")["id"]
    subnet = ann.make("subnet", network_id=network, cidr="10.8.0.0/24")["id"]
    router = ann.make("router")["id"]
    joined = ann.ask("PUT", f"/routers/{router}/add_router_interface", {"subnet_id": subnet})
    assert joined.status_code == 200
    first, second = (
        {"destination": f"10.{number}.0.0/24", "nexthop": "10.8.0.9"} for number in (9, 10)
    )
    for route in (first, second, first):
        body = {"router": {"routes": [route]}}
        answer = ann.ask("PUT", f"/routers/{router}/add_extraroutes", body)
        assert answer.status_code == 200, answer.text
    assert ann.show("router", router)["routes"] == [first, second]
    lost = {"router": {"routes": [{"destination": "10.9.0.0/24", "nexthop": "10.1.0.9"}]}}
    path = f"/routers/{router}/add_extraroutes"
    assert ann.refused("PUT", path, lost) == (400, "InvalidRoutes")
    gone = {"router": {"routes": [first]}}
    for _ in range(2):
        answer = ann.ask("PUT", f"/routers/{router}/remove_extraroutes", gone)
        assert answer.json["router"]["routes"] == [second]


def test_a_port_gets_a_new_mac_when_it_is_set_to_null(light_cloud):
    ann = light_cloud.ann
    port = ann.make("port", network_id=ann.make("network")["id"])
    changed = ann.change("port", port["id"], mac_address=None)
    assert changed["mac_address"] not in ("", None, port["mac_address"])
