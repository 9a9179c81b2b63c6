"""What the API's words become in OVN's."""

import dataclasses

import pytest

from network.drivers.base import PortSpec, RouterPortSpec, RuleSpec, SubnetSpec
from network.drivers.ovn import groups, networks, ports, routers

SUBNET = SubnetSpec(
    subnet_id="s",
    network_id="n",
    revision=1,
    cidr="10.0.0.0/24",
    gateway="10.0.0.1",
    enable_dhcp=True,
    mtu=1442,
)
PORT = PortSpec(
    port_id="p",
    network_id="n",
    revision=1,
    name="",
    mac="fa:16:3e:00:00:01",
    project_id="t",
    device_id="d",
    device_owner="compute:nova",
    fixed_ips=(("s", "10.0.0.5", 24), ("s6", "fd00::5", 64)),
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RuleSpec("r", "egress", "IPv6"), "inport == @pg && ip6"),
        (
            RuleSpec("r", "ingress", "IPv4", "tcp", 22, 22, remote_cidr="192.0.2.0/24"),
            "outport == @pg && ip4 && ip4.src == 192.0.2.0/24 && tcp && tcp.dst == 22",
        ),
        (
            RuleSpec("r", "egress", "IPv4", "17", 1, 9, remote_group_id="a-b"),
            "inport == @pg && ip4 && ip4.dst == $pg_a_b_ip4 && udp && udp.dst >= 1 && udp.dst <= 9",
        ),
        (
            RuleSpec("r", "ingress", "IPv4", "icmp", 8, 0),
            "outport == @pg && ip4 && icmp4 && icmp4.type == 8 && icmp4.code == 0",
        ),
        (RuleSpec("r", "ingress", "IPv6", "ipv6-icmp"), "outport == @pg && ip6 && icmp6"),
        (RuleSpec("r", "ingress", "IPv4", "vrrp"), "outport == @pg && ip4 && ip.proto == 112"),
        (RuleSpec("r", "ingress", "IPv4", "99"), "outport == @pg && ip4 && ip.proto == 99"),
    ],
)
def test_a_rule_matches_what_it_says(rule, expected):
    assert groups.match(rule, "pg") == expected


def test_option_121_carries_metadata_the_subnets_routes_and_the_default_route():
    spec = dataclasses.replace(
        SUBNET,
        metadata_address="10.0.0.2",
        host_routes=(("192.0.2.0/24", "10.0.0.9"),),
        dns_servers=("192.0.2.53", "2001:db8::53"),
    )
    options = networks.v4_options(spec) or {}
    assert options["classless_static_route"] == (
        "{169.254.169.254/32,10.0.0.2, 192.0.2.0/24,10.0.0.9, 0.0.0.0/0,10.0.0.1}"
    )
    assert options["dns_server"] == "{192.0.2.53}"
    assert options["mtu"] == "1442"


def test_a_subnet_without_a_gateway_is_answered_without_a_router():
    options = networks.v4_options(dataclasses.replace(SUBNET, gateway=None)) or {}
    assert "router" not in options
    assert options["server_id"] == "10.0.0.1"


def test_slaac_alone_needs_no_answers_and_stateful_does():
    slaac = dataclasses.replace(
        SUBNET, cidr="fd00::/64", gateway="fd00::1", ipv6_address_mode="slaac"
    )
    stateful = dataclasses.replace(slaac, ipv6_address_mode="dhcpv6-stateful")
    assert networks.v6_options(slaac) is None
    assert "dhcpv6_stateless" not in (networks.v6_options(stateful) or {})


def test_a_port_sends_from_its_addresses_and_its_allowed_pairs():
    other = "fa:16:3e:00:00:99"
    spec = dataclasses.replace(PORT, allowed_pairs=((PORT.mac, "10.0.0.9"), (other, "10.0.0.0/28")))
    assert ports.allowed_sources(spec) == [
        f"{PORT.mac} 10.0.0.5 fd00::5 10.0.0.9",
        f"{other} 10.0.0.0/28",
    ]


def test_without_port_security_any_address_passes_and_no_group_holds_the_port():
    spec = dataclasses.replace(PORT, port_security=False)
    assert ports.addresses(spec) == [f"{PORT.mac} 10.0.0.5 fd00::5", "unknown"]
    assert ports.allowed_sources(spec) == []
    assert ports.memberships(ports.identity(spec)) == set()


def test_extra_options_are_put_in_ovns_words_for_their_family():
    spec = dataclasses.replace(
        PORT,
        dhcp_options=(
            ("bootfile-name", "pxe.0", 4),
            ("dns-server", "192.0.2.1,192.0.2.2", 4),
            ("42", "192.0.2.3", 4),
            ("unheard-of", "x", 4),
            ("dns-server", "2001:db8::1", 6),
        ),
    )
    assert ports.translated(spec, 4) == {
        "bootfile_name": '"pxe.0"',
        "dns_server": "{192.0.2.1,192.0.2.2}",
        "ntp_server": "192.0.2.3",
    }
    assert ports.translated(spec, 6) == {"dns_server": "2001:db8::1"}


def test_a_leg_advertises_when_it_has_a_mode():
    leg = RouterPortSpec("p", "n", "m", ("fd00::1/64",), 1442, ra_mode="dhcpv6-stateless")
    assert routers.advertisement(leg) == {
        "address_mode": "dhcpv6_stateless",
        "send_periodic": "true",
        "mtu": "1442",
    }
    assert routers.advertisement(dataclasses.replace(leg, ra_mode=None)) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("router", "10.0.0.1); output; reg0 = put_dhcp_opts(offerip = 10.0.0.9"),
        ("dns-server", "10.0.0.1}); next; (x = {10.0.0.2"),
        ("mtu", "1400, router = 10.0.0.66"),
        ("domain-name", 'a"); output; ("'),
        ("domain-name", '"a"b"'),
        ("bootfile-name", "a\\"),
        ("tftp-server", ""),
    ],
)
def test_an_extra_option_that_is_more_than_a_value_is_left_out(name, value):
    assert not ports.translated(dataclasses.replace(PORT, dhcp_options=((name, value, 4),)), 4)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("bootfile-name", "pxelinux.0", {"bootfile_name": '"pxelinux.0"'}),
        ("domain-name", '"a.example"', {"domain_name": '"a.example"'}),
        ("server-ip-address", "192.0.2.4", {"tftp_server_address": "192.0.2.4"}),
        ("dns-server", "192.0.2.4,192.0.2.5", {"dns_server": "{192.0.2.4,192.0.2.5}"}),
        ("121", "{192.0.2.0/24,10.0.0.9}", {"classless_static_route": "{192.0.2.0/24,10.0.0.9}"}),
    ],
)
def test_an_extra_option_is_sent_as_ovn_writes_it(name, value, expected):
    spec = dataclasses.replace(PORT, dhcp_options=((name, value, 4),))
    assert ports.translated(spec, 4) == expected
