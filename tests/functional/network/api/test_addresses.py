"""Which addresses ports get, and which they are refused."""

import pytest

from network.drivers.base import Kind
from tests.support.waiting import wait_for


@pytest.fixture
def network(light_cloud):
    return light_cloud.ann.make("network")["id"]


def addresses(port):
    return [one["ip_address"] for one in port["fixed_ips"]]


def test_the_lowest_free_address_of_the_pools_is_given(light_cloud, network):
    ann = light_cloud.ann
    pools = [{"start": "10.0.0.20", "end": "10.0.0.21"}, {"start": "10.0.0.10", "end": "10.0.0.10"}]
    ann.make(
        "subnet", network_id=network, cidr="10.0.0.0/24", allocation_pools=pools, enable_dhcp=False
    )
    made = [ann.make("port", network_id=network) for _ in range(3)]
    assert [addresses(port) for port in made] == [["10.0.0.20"], ["10.0.0.21"], ["10.0.0.10"]]
    ann.remove("port", made[0]["id"])
    assert addresses(ann.make("port", network_id=network)) == ["10.0.0.20"]
    full = ann.ask("POST", "/ports", {"port": {"network_id": network}})
    assert full.status_code == 409
    assert "All 3 addresses" in full.json["NeutronError"]["message"]


def test_an_address_that_is_asked_for_is_given_or_the_reason_told(light_cloud, network):
    ann = light_cloud.ann
    subnet = ann.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]

    def asked(**fixed):
        return {"port": {"network_id": network, "fixed_ips": [fixed]}}

    given = ann.ask("POST", "/ports", asked(ip_address="10.0.0.200")).json["port"]
    assert given["fixed_ips"] == [{"subnet_id": subnet, "ip_address": "10.0.0.200"}]
    again = asked(ip_address="10.0.0.200", subnet_id=subnet)
    assert ann.refused("POST", "/ports", again) == (409, "IpAddressAlreadyAllocated")
    for far, kind in (
        (asked(ip_address="10.9.0.1"), "InvalidIpForNetwork"),
        (asked(ip_address="10.9.0.1", subnet_id=subnet), "InvalidIpForSubnet"),
        (asked(subnet_id="no-such"), "InvalidInput"),
        (asked(ip_address="banana"), "InvalidInput"),
    ):
        assert ann.refused("POST", "/ports", far) == (400, kind)


def test_hosts_on_a_slaac_subnet_have_the_address_of_their_mac(light_cloud, network):
    ann = light_cloud.ann
    ann.make(
        "subnet",
        network_id=network,
        cidr="fd00::/64",
        ip_version=6,
        ipv6_ra_mode="slaac",
        ipv6_address_mode="slaac",
    )
    port = ann.make("port", network_id=network, mac_address="fa:16:3e:00:00:01")
    assert addresses(port) == ["fd00::f816:3eff:fe00:1"]


def test_a_port_has_an_address_of_each_subnet_that_hands_out_or_announces_ipv6(
    light_cloud, network
):
    ann = light_cloud.ann
    ann.make("subnet", network_id=network, cidr="fd01::/64", ipv6_address_mode="dhcpv6-stateful")
    ann.make("subnet", network_id=network, cidr="fd00::/64", ipv6_address_mode="slaac")
    port = ann.make("port", network_id=network, mac_address="fa:16:3e:00:00:01")
    assert addresses(port) == ["fd01::2", "fd00::f816:3eff:fe00:1"]


def test_a_port_takes_other_addresses_and_the_engine_learns(light_cloud, network):
    ann = light_cloud.ann
    subnet = ann.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]
    port = ann.make("port", network_id=network)
    moved = ann.change(
        "port", port["id"], fixed_ips=[{"subnet_id": subnet, "ip_address": "10.0.0.99"}]
    )
    assert addresses(moved) == ["10.0.0.99"]
    assert moved["revision_number"] == port["revision_number"] + 1
    wait_for(
        lambda: light_cloud.held(Kind.PORT, port["id"]).fixed_ips, ((subnet, "10.0.0.99", 24),)
    )


def test_what_a_subnet_cannot_be_is_told(light_cloud, network):
    ann = light_cloud.ann
    ann.make("subnet", network_id=network, cidr="10.0.0.0/24")
    pool = {"start": "10.1.0.5", "end": "10.1.0.9"}
    wrong: list[tuple[int, str, dict[str, object]]] = [
        (400, "InvalidInput", {"cidr": "10.0.0.128/25"}),
        (400, "InvalidInput", {"cidr": "10.1.0.0/33"}),
        (400, "InvalidInput", {"cidr": "10.1.0.0/24", "ip_version": 6}),
        (400, "InvalidInput", {"cidr": "10.1.0.0/24", "ipv6_ra_mode": "slaac"}),
        (400, "InvalidInput", {"cidr": "10.1.0.0/24", "gateway_ip": "10.2.0.1"}),
        (400, "OutOfBoundsAllocationPool", {"cidr": "10.3.0.0/24", "allocation_pools": [pool]}),
        (
            409,
            "OverlappingAllocationPools",
            {"cidr": "10.1.0.0/24", "allocation_pools": [pool] * 2},
        ),
        (
            409,
            "GatewayConflictWithAllocationPools",
            {"cidr": "10.1.0.0/24", "gateway_ip": "10.1.0.6", "allocation_pools": [pool]},
        ),
    ]
    for status, kind, more in wrong:
        body = {"subnet": {"network_id": network, **more}}
        assert ann.refused("POST", "/subnets", body) == (status, kind), more
    overlapping = {"subnet": {"network_id": network, "cidr": "10.0.0.0/25"}}
    answer = ann.ask("POST", "/subnets", overlapping)
    assert "overlaps with another subnet" in answer.json["NeutronError"]["message"]


def test_only_administrators_bind_ports_and_make_physical_networks(light_cloud, network):
    ann, admin = light_cloud.ann, light_cloud.admin
    bound = {"port": {"network_id": network, "binding:host_id": "h1"}}
    assert ann.refused("POST", "/ports", bound) == (403, "AdminOnly")
    port = admin.make(
        "port", network_id=network, project_id="project-ann", **{"binding:host_id": "h1"}
    )
    assert (port["binding:vif_type"], port["project_id"]) == ("ovs", "project-ann")
    assert "binding:host_id" not in ann.show("port", port["id"])
    assert light_cloud.held(Kind.PORT, port["id"]).host == "h1"
    flat = {"network": {"provider:network_type": "flat", "provider:physical_network": "physnet1"}}
    assert ann.refused("POST", "/networks", flat) == (403, "PolicyNotAuthorized")
    shared = {"network": {"shared": True}}
    assert ann.refused("POST", "/networks", shared) == (403, "PolicyNotAuthorized")
    admin.ask("POST", "/networks", flat)
    assert admin.refused("POST", "/networks", flat) == (409, "FlatNetworkInUse")


def test_a_subnet_is_changed_and_its_dhcp_follows(light_cloud, network):
    ann = light_cloud.ann
    subnet = ann.make("subnet", network_id=network, cidr="10.0.0.0/24")["id"]
    changed = ann.change(
        "subnet", subnet, dns_nameservers=["1.1.1.1"], gateway_ip=None, name="s", enable_dhcp=False
    )
    assert (changed["dns_nameservers"], changed["gateway_ip"]) == (["1.1.1.1"], None)
    wait_for(lambda: light_cloud.held(Kind.SUBNET, subnet).dns_servers, ("1.1.1.1",))
    spec = light_cloud.held(Kind.SUBNET, subnet)
    assert (spec.gateway, spec.enable_dhcp, spec.metadata_address) == (None, False, None)


def test_unknown_attributes_and_broken_bodies_are_refused(light_cloud):
    ann = light_cloud.ann
    assert ann.refused("POST", "/networks", {"network": {"nonsense": 1}})[0] == 400
    assert ann.refused("POST", "/networks", {"net": {}})[0] == 400
    assert ann.refused("POST", "/networks", {"network": {"name": 7}})[0] == 400
    assert ann.refused("POST", "/ports", {"port": {"network_id": "none"}}) == (
        404,
        "NetworkNotFound",
    )
    assert ann.refused("POST", "/ports", {"ports": []})[0] == 400
