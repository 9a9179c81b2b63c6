"""Ranges, pools, gateways and modes of subnets."""

import ipaddress

import pytest

from network import errors
from network.logic import ranges

NET = ipaddress.ip_network("10.0.0.0/29")


def pool(start: str, end: str) -> dict[str, str]:
    return {"start": start, "end": end}


@pytest.mark.parametrize(
    ("cidr", "gateway", "pools"),
    [
        ("10.0.0.0/29", "10.0.0.1", [pool("10.0.0.2", "10.0.0.6")]),
        ("10.0.0.0/29", "10.0.0.6", [pool("10.0.0.1", "10.0.0.5")]),
        ("10.0.0.0/29", "10.0.0.3", [pool("10.0.0.1", "10.0.0.2"), pool("10.0.0.4", "10.0.0.6")]),
        ("10.0.0.0/29", None, [pool("10.0.0.1", "10.0.0.6")]),
        ("10.0.0.0/31", None, [pool("10.0.0.0", "10.0.0.1")]),
        ("fd00::/64", "fd00::1", [pool("fd00::2", "fd00::ffff:ffff:ffff:ffff")]),
    ],
)
def test_the_default_pools_are_the_whole_range_less_the_gateway(cidr, gateway, pools):
    found = gateway and ipaddress.ip_address(gateway)
    assert ranges.default_pools(ipaddress.ip_network(cidr), found) == pools


def test_the_gateway_is_the_first_address_unless_it_is_given_or_none():
    assert str(ranges.gateway(NET, {})) == "10.0.0.1"
    assert str(ranges.gateway(NET, {"gateway_ip": "10.0.0.5"})) == "10.0.0.5"
    assert ranges.gateway(NET, {"gateway_ip": None}) is None
    with pytest.raises(errors.InvalidInput, match="not valid on subnet"):
        ranges.gateway(NET, {"gateway_ip": "10.0.0.7"})


def test_host_bits_are_cleared_and_nonsense_is_refused():
    assert str(ranges.cidr("10.0.0.9/24", 4)) == "10.0.0.0/24"
    for wrong in ("10.0.0.0/33", "224.0.0.0/24", "0.0.0.0/0", "fd00::/64"):
        with pytest.raises(errors.InvalidInput):
            ranges.cidr(wrong, 4)


def test_pools_lie_inside_apart_and_clear_of_the_gateway():
    given = [pool("10.0.0.4", "10.0.0.6"), pool("10.0.0.2", "10.0.0.3")]
    assert ranges.checked_pools(NET, given, None) == given
    with pytest.raises(errors.OverlappingAllocationPools):
        ranges.checked_pools(NET, [pool("10.0.0.2", "10.0.0.4"), given[0]], None)
    with pytest.raises(errors.OutOfBoundsAllocationPool):
        ranges.checked_pools(NET, [pool("10.0.0.2", "10.0.0.7")], None)
    with pytest.raises(errors.InvalidAllocationPool):
        ranges.checked_pools(NET, [pool("10.0.0.6", "10.0.0.2")], None)
    with pytest.raises(errors.GatewayConflictWithAllocationPools):
        ranges.checked_pools(NET, given, ipaddress.ip_address("10.0.0.5"))


def test_ipv6_modes_go_together_or_not_at_all():
    wide, small = ipaddress.ip_network("fd00::/64"), ipaddress.ip_network("fd00::/80")
    ranges.check_modes(wide, "slaac", "slaac", dhcp=True)
    ranges.check_modes(small, "dhcpv6-stateful", None, dhcp=True)
    for net, ra, mode, dhcp in (
        (wide, "slaac", "dhcpv6-stateful", True),
        (wide, "slaac", None, False),
        (small, "slaac", "slaac", True),
        (NET, None, "slaac", True),
    ):
        with pytest.raises(errors.InvalidInput):
            ranges.check_modes(net, ra, mode, dhcp=dhcp)


def test_an_address_is_made_from_a_mac():
    made = ranges.from_mac(ipaddress.ip_network("fd00::/64"), "fa:16:3e:12:34:56")
    assert str(made) == "fd00::f816:3eff:fe12:3456"
