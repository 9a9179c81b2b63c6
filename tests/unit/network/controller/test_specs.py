"""Rows become wanted states."""

import pytest

from network.controller import specs
from network.controller.synchronizer import differing
from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.db.models import Allocation, Network, Port, PortGroup, Subnet
from network.db.router_models import FloatingIp, Router
from network.db.routers import Leg
from network.drivers.base import FloatingIpSpec, Kind, RouterPortSpec


def subnet(name: str, cidr: str, gateway: str | None, version: int = 4) -> Subnet:
    return Subnet(
        id=name,
        network_id="net",
        revision_number=3,
        cidr=cidr,
        ip_version=version,
        gateway_ip=gateway,
        enable_dhcp=True,
        dns_nameservers=["1.1.1.1"],
        host_routes=[{"destination": "10.9.0.0/16", "nexthop": "10.0.0.9"}],
    )


def port(name: str, *held: tuple[str, str], **more: object) -> Port:
    return Port(
        id=name,
        network_id="net",
        project_id="p",
        revision_number=2,
        name=name,
        mac_address=f"fa:16:3e:00:00:{len(name):02x}",
        admin_state_up=True,
        device_id="d",
        port_security_enabled=True,
        allowed_address_pairs=[{"ip_address": "10.0.0.50"}],
        extra_dhcp_opts=[{"opt_name": "mtu", "opt_value": "1400", "ip_version": 4}],
        allocations=[Allocation(subnet_id=s, address=a, port_id=name) for s, a in held],
        groups=[PortGroup(port_id=name, security_group_id="g")],
        network=Network(id="net", mtu=1442),
        **{"device_owner": "compute:nova", "host": "", **more},
    )


INNER = subnet("in", "10.0.0.0/24", "10.0.0.1")
OUTER = subnet("out", "203.0.113.0/24", "203.0.113.1")


def test_a_port_carries_prefix_lengths_pairs_and_options():
    spec = specs.port(port("p1", ("in", "10.0.0.7"), host="h1"), {"in": INNER})
    assert spec.fixed_ips == (("in", "10.0.0.7", 24),)
    assert spec.allowed_pairs == ((spec.mac, "10.0.0.50"),)
    assert spec.dhcp_options == (("mtu", "1400", 4),)
    assert (spec.host, spec.distributed, spec.security_group_ids) == ("h1", False, ("g",))
    own = specs.port(port("m", device_owner="network:distributed"), {})
    assert (own.distributed, own.host) == (True, None)


def test_a_subnet_names_the_address_that_the_metadata_port_has_in_it():
    own = port("m", ("other", "10.5.0.2"), ("in", "10.0.0.2"))
    spec = specs.subnet(INNER, 1442, own)
    assert (spec.metadata_address, spec.mtu) == ("10.0.0.2", 1442)
    assert spec.host_routes == (("10.9.0.0/16", "10.0.0.9"),)
    assert specs.subnet(INNER, 1442, None).metadata_address is None


@pytest.mark.parametrize("snat", [True, False])
def test_a_router_hides_its_inside_unless_it_is_told_not_to(snat):
    inner = port("leg", ("in", "10.0.0.1"))
    outer = port("gateway", ("out", "203.0.113.9"))
    row = Router(
        id="r", revision_number=7, name="r", admin_state_up=True, enable_snat=snat, routes=[]
    )
    legs = [Leg("leg", "10.0.0.1", INNER), Leg("gateway", "203.0.113.9", OUTER)]
    floating = FloatingIp(
        id="f", address="203.0.113.20", fixed_address="10.0.0.7", port_id="p1", port=port("p1")
    )
    spec = specs.router(row, [inner], outer, legs, [floating])
    assert spec.snat == ((("10.0.0.0/24", "203.0.113.9"),) if snat else ())
    assert spec.next_hops == ("203.0.113.1",)
    assert spec.ports == (RouterPortSpec("leg", "net", inner.mac_address, ("10.0.0.1/24",), 1442),)
    assert spec.floating_ips == (
        FloatingIpSpec("f", "203.0.113.20", "10.0.0.7", "p1", port("p1").mac_address),
    )


def test_a_groups_rules_have_clean_ranges():
    group = SecurityGroup(id="g", revision_number=1, stateful=True)
    rule = SecurityGroupRule(
        id="r", direction="ingress", ethertype="IPv4", remote_ip_prefix="10.0.0.9/24"
    )
    assert specs.security_group(group, [rule]).rules[0].remote_cidr == "10.0.0.0/24"


def test_repairs_are_made_in_the_order_of_dependence_and_undone_in_reverse():
    wanted = {(Kind.ROUTER, "r"): 1, (Kind.PORT, "p"): 2, (Kind.NETWORK, "n"): 1}
    held = {(Kind.PORT, "p"): 1, (Kind.NETWORK, "old"): 1, (Kind.PORT, "gone"): 1}
    assert differing(wanted, held) == [
        (Kind.NETWORK, "n"),
        (Kind.PORT, "p"),
        (Kind.ROUTER, "r"),
        (Kind.PORT, "gone"),
        (Kind.NETWORK, "old"),
    ]
    assert differing(wanted, wanted) == []
