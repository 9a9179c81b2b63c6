"""What security group rules may say."""

import pytest

from network import errors
from network.db.group_models import SecurityGroup
from network.logic import rules

GROUP = SecurityGroup(id="g", project_id="p")


def build(**wanted):
    return rules.build(GROUP, "p", {"direction": "ingress", **wanted})


def test_two_ways_of_saying_the_same_mean_the_same():
    same = [
        (build(protocol="tcp"), build(protocol="6")),
        (build(), build(remote_ip_prefix="0.0.0.0/0")),
        (build(protocol="any"), build(protocol=None)),
        (build(remote_ip_prefix="10.0.0.9/24"), build(remote_ip_prefix="10.0.0.0/24")),
        (build(protocol="icmpv6", ethertype="IPv6"), build(protocol="ipv6-icmp", ethertype="ipv6")),
    ]
    for one, other in same:
        assert rules.meaning(one) == rules.meaning(other)
    assert rules.meaning(build(protocol="tcp")) != rules.meaning(build(protocol="udp"))


def test_a_lone_address_is_a_range_of_one():
    assert build(remote_ip_prefix="10.0.0.9").remote_ip_prefix == "10.0.0.9/32"


@pytest.mark.parametrize("protocol", ["gre", "47", "ah"])
def test_ports_are_for_protocols_that_have_them(protocol):
    assert build(protocol=protocol).protocol == protocol
    with pytest.raises(errors.SecurityGroupInvalidProtocolForPort):
        build(protocol=protocol, port_range_min=1, port_range_max=2)


def test_a_protocol_beyond_255_does_not_exist():
    with pytest.raises(errors.SecurityGroupInvalidProtocol, match="256"):
        build(protocol=256)
