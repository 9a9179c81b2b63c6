"""Routers, their legs and gateways, and floating addresses."""

import pytest

from network.drivers.base import Kind
from tests.support.network_cloud import NetworkCloud
from tests.support.waiting import wait_for


@pytest.fixture
def outside(cloud: NetworkCloud) -> dict[str, str]:
    """The public network, with 203.0.113.10 to .12 to give away."""
    network = cloud.admin.make(
        "network",
        name="public",
        **{
            "router:external": True,
            "provider:network_type": "flat",
            "provider:physical_network": "physnet1",
        },
    )
    subnet = cloud.admin.make(
        "subnet",
        network_id=network["id"],
        cidr="203.0.113.0/24",
        gateway_ip="203.0.113.1",
        enable_dhcp=False,
        allocation_pools=[{"start": "203.0.113.10", "end": "203.0.113.12"}],
    )
    return {"id": network["id"], "subnet": subnet["id"]}


class Inside:
    """Ann's network behind a router, with one port."""

    def __init__(self, cloud: NetworkCloud, outside: dict[str, str]) -> None:
        ann = cloud.ann
        self.network = ann.make("network", name="blue")["id"]
        self.subnet = ann.make("subnet", network_id=self.network, cidr="10.0.0.0/24")["id"]
        info = {"network_id": outside["id"]}
        self.router = ann.make("router", name="r", external_gateway_info=info)["id"]
        answer = ann.ask(
            "PUT", f"/routers/{self.router}/add_router_interface", {"subnet_id": self.subnet}
        )
        assert answer.status_code == 200, answer.text
        self.leg = answer.json
        self.port = ann.make("port", network_id=self.network)


@pytest.fixture
def inside(cloud: NetworkCloud, outside: dict[str, str]) -> Inside:
    return Inside(cloud, outside)


def test_a_router_reaches_the_engine_whole(cloud, outside, inside):
    spec = wait_for(lambda: _with_legs(cloud, inside.router))
    assert [leg.addresses for leg in spec.ports] == [("10.0.0.1/24",)]
    assert spec.gateway.addresses == ("203.0.113.10/24",)
    assert spec.gateway.mtu == 1500
    assert spec.next_hops == ("203.0.113.1",)
    assert spec.snat == (("10.0.0.0/24", "203.0.113.10"),)


def _with_legs(cloud: NetworkCloud, router_id: str):
    spec = cloud.held(Kind.ROUTER, router_id)
    return spec if spec.ports else None


def test_the_answer_to_a_new_leg_names_router_port_subnet_and_network(inside):
    assert inside.leg["id"] == inside.router
    assert inside.leg["subnet_id"] == inside.subnet
    assert inside.leg["subnet_ids"] == [inside.subnet]
    assert inside.leg["network_id"] == inside.network
    assert inside.leg["project_id"] == inside.leg["tenant_id"] == "project-ann"


def test_a_floating_address_leads_to_a_port_and_back_to_nowhere(cloud, outside, inside):
    made = cloud.ann.make("floatingip", floating_network_id=outside["id"])
    assert (made["status"], made["floating_ip_address"]) == ("DOWN", "203.0.113.11")
    led = cloud.ann.change("floatingip", made["id"], port_id=inside.port["id"])
    assert (led["status"], led["router_id"]) == ("ACTIVE", inside.router)
    assert led["fixed_ip_address"] == inside.port["fixed_ips"][0]["ip_address"]
    wait_for(
        lambda: [
            one.floating_address for one in cloud.held(Kind.ROUTER, inside.router).floating_ips
        ],
        ["203.0.113.11"],
    )
    cloud.ann.remove("port", inside.port["id"])
    assert cloud.ann.show("floatingip", made["id"])["port_id"] is None
    wait_for(lambda: cloud.held(Kind.ROUTER, inside.router).floating_ips, ())
    cloud.ann.remove("floatingip", made["id"])


def test_what_a_floating_address_cannot_do_is_told(cloud, outside, inside):
    ann = cloud.ann
    private = {"floatingip": {"floating_network_id": inside.network}}
    assert ann.refused("POST", "/floatingips", private) == (400, "HTTPBadRequest")
    other = ann.make("network")
    ann.make("subnet", network_id=other["id"], cidr="10.9.0.0/24")
    far = ann.make("port", network_id=other["id"])
    unreachable = {"floatingip": {"floating_network_id": outside["id"], "port_id": far["id"]}}
    assert ann.refused("POST", "/floatingips", unreachable) == (
        404,
        "ExternalGatewayForFloatingIPNotFound",
    )
    assert ann.get("/floatingips")["floatingips"] == []
    wanted = {"floating_network_id": outside["id"], "port_id": inside.port["id"]}
    ann.make("floatingip", **wanted)
    assert ann.refused("POST", "/floatingips", {"floatingip": wanted}) == (
        409,
        "FloatingIPPortAlreadyAssociated",
    )
    ann.make("floatingip", floating_network_id=outside["id"])
    full = {"floatingip": {"floating_network_id": outside["id"]}}
    assert ann.refused("POST", "/floatingips", full) == (409, "IpAddressGenerationFailure")


def test_a_router_in_use_stays(cloud, outside, inside):
    ann, router = cloud.ann, f"/routers/{inside.router}"
    ann.make("floatingip", floating_network_id=outside["id"], port_id=inside.port["id"])
    part = {"subnet_id": inside.subnet}
    assert ann.refused("DELETE", router) == (409, "RouterInUse")
    assert ann.refused("DELETE", f"/ports/{inside.leg['port_id']}") == (409, "ServicePortInUse")
    assert ann.refused("PUT", f"{router}/remove_router_interface", part) == (
        409,
        "RouterInterfaceInUseByFloatingIP",
    )
    assert ann.refused("PUT", router, {"router": {"external_gateway_info": None}}) == (
        409,
        "RouterExternalGatewayInUseByFloatingIp",
    )
    assert ann.refused("DELETE", f"/subnets/{inside.subnet}") == (409, "SubnetInUse")
    assert ann.refused("DELETE", f"/networks/{inside.network}") == (409, "NetworkInUse")


def test_everything_can_be_taken_down_again(cloud, outside, inside):
    ann, router = cloud.ann, f"/routers/{inside.router}"
    assert (
        ann.ask(
            "PUT", f"{router}/remove_router_interface", {"subnet_id": inside.subnet}
        ).status_code
        == 200
    )
    ann.change("router", inside.router, external_gateway_info=None)
    ann.remove("router", inside.router)
    ann.remove("port", inside.port["id"])
    ann.remove("network", inside.network)
    cloud.admin.remove("network", outside["id"])
    assert cloud.admin.get("/ports")["ports"] == []
    wait_for(lambda: {kind for kind, _ in cloud.engine.held}, {Kind.SECURITY_GROUP})


def test_a_routers_legs_do_not_overlap(cloud, outside, inside):
    other = cloud.ann.make("network")
    same = cloud.ann.make("subnet", network_id=other["id"], cidr="10.0.0.128/25")
    path = f"/routers/{inside.router}/add_router_interface"
    assert cloud.ann.refused("PUT", path, {"subnet_id": same["id"]}) == (400, "HTTPBadRequest")
    twice = {"subnet_id": inside.subnet}
    assert cloud.ann.refused("PUT", path, twice) == (400, "HTTPBadRequest")


def test_a_leg_may_be_a_port_made_before(cloud, outside, inside):
    other = cloud.ann.make("network")
    cloud.ann.make("subnet", network_id=other["id"], cidr="10.1.0.0/24")
    port = cloud.ann.make("port", network_id=other["id"])
    cloud.held(Kind.PORT, port["id"])
    path = f"/routers/{inside.router}"
    joined = cloud.ann.ask("PUT", f"{path}/add_router_interface", {"port_id": port["id"]})
    assert joined.status_code == 200, joined.text
    wait_for(lambda: len(cloud.held(Kind.ROUTER, inside.router).ports), 2)
    cloud.gone(Kind.PORT, port["id"])
    parted = cloud.ann.ask("PUT", f"{path}/remove_router_interface", {"port_id": port["id"]})
    assert parted.status_code == 200, parted.text
    assert cloud.ann.refused("GET", f"/ports/{port['id']}") == (404, "PortNotFound")


def test_extra_routes_need_a_reachable_next_hop(cloud, outside, inside):
    ann, path = cloud.ann, f"/routers/{inside.router}"
    route = {"destination": "192.168.7.0/24", "nexthop": "10.0.0.9"}
    ann.change("router", inside.router, routes=[route])
    wait_for(
        lambda: cloud.held(Kind.ROUTER, inside.router).routes, (("192.168.7.0/24", "10.0.0.9"),)
    )
    far = {"router": {"routes": [{"destination": "192.168.8.0/24", "nexthop": "10.77.0.9"}]}}
    assert ann.refused("PUT", path, far) == (400, "InvalidRoutes")
    part = {"subnet_id": inside.subnet}
    assert ann.refused("PUT", f"{path}/remove_router_interface", part) == (
        409,
        "RouterInterfaceInUseByRoute",
    )


def test_a_gateway_is_on_an_external_network_and_its_address_is_free(cloud, outside, inside):
    own = {"router": {"external_gateway_info": {"network_id": inside.network}}}
    assert cloud.ann.refused("POST", "/routers", own) == (400, "HTTPBadRequest")
    none = {"router": {"external_gateway_info": {"network_id": "no-such"}}}
    assert cloud.ann.refused("POST", "/routers", none) == (404, "NetworkNotFound")
    taken = {"network_id": outside["id"], "external_fixed_ips": [{"ip_address": "203.0.113.10"}]}
    body = {"router": {"external_gateway_info": taken}}
    assert cloud.ann.refused("POST", "/routers", body) == (403, "PolicyNotAuthorized")
    assert cloud.admin.refused("POST", "/routers", body) == (409, "IpAddressAlreadyAllocated")


def test_another_projects_things_are_not_found(cloud, outside, inside):
    for path in (
        f"/networks/{inside.network}",
        f"/subnets/{inside.subnet}",
        f"/ports/{inside.port['id']}",
        f"/routers/{inside.router}",
    ):
        assert cloud.ben.refused("GET", path)[0] == 404
        assert cloud.ben.refused("DELETE", path)[0] == 404
    assert cloud.ben.refused("DELETE", f"/networks/{outside['id']}") == (403, "NotYours")
    assert [n["name"] for n in cloud.ben.get("/networks")["networks"]] == ["public"]
    assert cloud.admin.show("router", inside.router)["project_id"] == "project-ann"


def test_a_leg_takes_another_address_of_its_subnet_and_keeps_it_when_only_the_subnet_is_named(
    cloud, outside, inside
):
    leg = inside.leg["port_id"]
    fixed = [{"subnet_id": inside.subnet, "ip_address": "10.0.0.250"}]
    cloud.ann.change("port", leg, fixed_ips=fixed)
    wait_for(lambda: cloud.held(Kind.ROUTER, inside.router).ports[0].addresses, ("10.0.0.250/24",))
    same = cloud.ann.change("port", leg, fixed_ips=[{"subnet_id": inside.subnet}])
    assert same["fixed_ips"] == fixed
