"""Port forwardings: what leads where, and what is in the way of what."""

import pytest

from network.drivers.base import ForwardSpec, Kind
from tests.support.waiting import wait_for


@pytest.fixture
def place(cloud):
    """A port of Ann's behind a router to the outside, and a floating address."""
    outside = cloud.admin.make("network", **{"router:external": True})["id"]
    cloud.admin.make("subnet", network_id=outside, cidr="10.7.0.0/24", enable_dhcp=False)
    network = cloud.ann.make("network")["id"]
    subnet = cloud.ann.make("subnet", network_id=network, cidr="10.8.0.0/24")["id"]
    router = cloud.ann.make("router", external_gateway_info={"network_id": outside})["id"]
    path = f"/routers/{router}/add_router_interface"
    assert cloud.ann.ask("PUT", path, {"subnet_id": subnet}).status_code == 200
    port = cloud.ann.make("port", network_id=network)
    floating = cloud.ann.make("floatingip", floating_network_id=outside)
    return {
        "outside": outside,
        "subnet": subnet,
        "router": router,
        "port": port["id"],
        "inner": port["fixed_ips"][0]["ip_address"],
        "floating": floating["id"],
        "outer": floating["floating_ip_address"],
        "path": f"/floatingips/{floating['id']}/port_forwardings",
    }


def forwarding(place, outer=2222, inner=22, **more):
    return {
        "port_forwarding": {
            "protocol": "tcp",
            "external_port": outer,
            "internal_port": inner,
            "internal_port_id": place["port"],
            **more,
        }
    }


def test_a_port_of_a_floating_address_leads_inside_until_it_is_removed(cloud, place):
    ann, path = cloud.ann, place["path"]
    made = ann.ask("POST", path, forwarding(place)).json["port_forwarding"]
    assert made["internal_ip_address"] == place["inner"]

    def led_to(*ports):
        held = cloud.engine.held[Kind.ROUTER, place["router"]]
        told = [ForwardSpec("tcp", place["outer"], 2222, place["inner"], one) for one in ports]
        return held.forwards == tuple(told) and held.floating_ips == ()

    wait_for(lambda: led_to(22))
    shown = ann.show("floatingip", place["floating"])
    assert (shown["status"], shown["router_id"]) == ("ACTIVE", place["router"])
    assert [one["external_port"] for one in shown["port_forwardings"]] == [2222]
    one = f"{path}/{made['id']}"
    assert ann.ask("PUT", one, {"port_forwarding": {"internal_port": 80}}).status_code == 200
    wait_for(lambda: led_to(80))
    gone = ann.refused("DELETE", f"/floatingips/{place['floating']}")
    assert gone == (409, "FipInUseByPortForwarding")
    parted = {"subnet_id": place["subnet"]}
    path = f"/routers/{place['router']}/remove_router_interface"
    assert ann.refused("PUT", path, parted)[0] == 409
    assert ann.ask("DELETE", one).status_code == 204
    wait_for(led_to)
    assert ann.show("floatingip", place["floating"])["router_id"] is None
    ann.remove("floatingip", place["floating"])


def test_forwardings_go_with_the_port_that_they_lead_to(cloud, place):
    assert cloud.ann.ask("POST", place["path"], forwarding(place)).status_code == 201
    cloud.ann.remove("port", place["port"])
    assert cloud.ann.get(place["path"]) == {"port_forwardings": []}
    wait_for(lambda: cloud.engine.held[Kind.ROUTER, place["router"]].forwards == ())


def test_an_address_leads_as_a_whole_or_by_its_ports(cloud, place):
    ann, path = cloud.ann, place["path"]
    assert ann.ask("POST", path, forwarding(place)).status_code == 201
    for twice in (forwarding(place, inner=23), forwarding(place, outer=2223)):
        assert ann.refused("POST", path, twice)[0] == 400
    whole = {"floatingip": {"port_id": place["port"]}}
    refused = ann.refused("PUT", f"/floatingips/{place['floating']}", whole)
    assert refused == (409, "FipInUseByPortForwarding")
    other = ann.make("floatingip", floating_network_id=place["outside"])["id"]
    ann.change("floatingip", other, port_id=place["port"])
    path = f"/floatingips/{other}/port_forwardings"
    assert ann.refused("POST", path, forwarding(place)) == (409, "FloatingIpInUse")
    assert cloud.ben.refused("GET", path) == (404, "FloatingIPNotFound")
