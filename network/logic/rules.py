"""What a security group rule may say: pure functions over its attributes."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from network import errors
from network.db.base import new_id
from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.logic import ranges

# Source: IANA, Assigned Internet Protocol Numbers, under the names that clients send.
PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "ipip": 4,
    "tcp": 6,
    "egp": 8,
    "udp": 17,
    "dccp": 33,
    "ipv6-encap": 41,
    "ipv6-route": 43,
    "ipv6-frag": 44,
    "rsvp": 46,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "ipv6-nonxt": 59,
    "ipv6-opts": 60,
    "ospf": 89,
    "vrrp": 112,
    "pgm": 113,
    "sctp": 132,
    "udplite": 136,
}
WITH_PORTS = {PROTOCOLS[name] for name in ("tcp", "udp", "sctp")}
ICMP = {PROTOCOLS["icmp"], PROTOCOLS["icmpv6"]}
ETHERTYPES = {"ipv4": "IPv4", "ipv6": "IPv6"}
Meaning = tuple[object, ...]


def build(group: SecurityGroup, project_id: str, wanted: Mapping[str, Any]) -> SecurityGroupRule:
    """Return the rule that a request asks for.

    Raises the SecurityGroup... errors, each naming what does not go together.
    """
    protocol = wanted.get("protocol")
    protocol = None if protocol in (None, "", "any") else str(protocol).lower()
    low, high = wanted.get("port_range_min"), wanted.get("port_range_max")
    check_ports(protocol, low, high)
    ethertype = _ethertype(wanted.get("ethertype"))
    prefix, remote = wanted.get("remote_ip_prefix"), wanted.get("remote_group_id")
    addresses = wanted.get("remote_address_group_id")
    if sum(map(bool, (prefix, remote, addresses))) > 1:
        raise errors.SecurityGroupRemoteGroupAndRemoteIpPrefix()
    return SecurityGroupRule(
        id=new_id(),
        project_id=project_id,
        description=wanted.get("description") or "",
        security_group_id=group.id,
        direction=wanted["direction"],
        ethertype=ethertype,
        protocol=protocol,
        port_range_min=low,
        port_range_max=high,
        remote_ip_prefix=_prefix(prefix, ethertype) if prefix else None,
        remote_group_id=remote or None,
        remote_address_group_id=addresses or None,
    )


def number(protocol: str) -> int:
    """Return the number of a protocol.  Raises SecurityGroupInvalidProtocol."""
    if protocol in PROTOCOLS:
        return PROTOCOLS[protocol]
    if protocol.isascii() and protocol.isdecimal() and int(protocol) <= 255:
        return int(protocol)
    raise errors.SecurityGroupInvalidProtocol(protocol=protocol)


def check_ports(protocol: str | None, low: int | None, high: int | None) -> None:
    """Return when the ports, or ICMP type and code, go with the protocol.  Raises as `build`."""
    given = low is not None or high is not None
    if protocol is None:
        if given:
            raise errors.SecurityGroupProtocolRequiredWithPorts()
        return
    which = number(protocol)
    if not given:
        return
    if which in ICMP:
        _check_icmp(low, high)
    elif which not in WITH_PORTS:
        raise errors.SecurityGroupInvalidProtocolForPort(protocol=protocol)
    else:
        _check_range(low, high)


def _check_range(low: int | None, high: int | None) -> None:
    for port in (low, high):
        if port is not None and not 1 <= port <= 65535:
            raise errors.SecurityGroupInvalidPortValue(port=port)
    if low is None or high is None or low > high:
        raise errors.SecurityGroupInvalidPortRange()


def _check_icmp(kind: int | None, code: int | None) -> None:
    for field, value in (("type", kind), ("code", code)):
        if value is not None and not 0 <= value <= 255:
            raise errors.SecurityGroupInvalidIcmpValue(field=field, value=value)
    if kind is None:
        raise errors.SecurityGroupMissingIcmpType(value=code)


def _ethertype(given: str | None) -> str:
    found = ETHERTYPES.get((given or "ipv4").lower())
    if found is None:
        raise errors.InvalidInput(reason=f"ethertype must be IPv4 or IPv6, not {given!r}")
    return found


def _prefix(given: str, ethertype: str) -> str:
    """Return the CIDR, a lone address as one of full length."""
    try:
        net = ranges.net_of(given)
    except ValueError as error:
        raise errors.InvalidInput(
            reason=f"'{given}' is not a valid IP address or CIDR for remote_ip_prefix"
        ) from error
    if f"IPv{net.version}" != ethertype:
        raise errors.SecurityGroupRuleParameterConflict(ethertype=ethertype, cidr=given)
    return given if "/" in given else str(net)


def normalized(prefix: str | None) -> str | None:
    """Return a CIDR with its host bits cleared."""
    return None if prefix is None else str(ipaddress.ip_network(prefix, strict=False))


def meaning(rule: SecurityGroupRule) -> Meaning:
    """Return what makes two rules the same."""
    everybody = (None, "0.0.0.0/0", "::/0")
    prefix = normalized(rule.remote_ip_prefix)
    return (
        rule.direction,
        rule.ethertype,
        None if rule.protocol is None else number(rule.protocol),
        rule.port_range_min,
        rule.port_range_max,
        None if prefix in everybody else prefix,
        rule.remote_group_id,
        rule.remote_address_group_id,
    )
