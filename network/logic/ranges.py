"""What a subnet's addresses may be: pure functions over its attributes."""

import ipaddress
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from network import errors

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Pool = dict[str, str]
AUTOMATIC = ("slaac", "dhcpv6-stateless")


def net_of(text: str) -> Net:
    """Return the network an address or a CIDR means, host bits cleared.  Raises ValueError.

    Zones (`fe80::1%anything at all`) and masks in dots are refused: what is written here is read
    again by OVN and by programs in guests.
    """
    _, slash, length = text.partition("/")
    if "%" in text or (slash and not (length.isascii() and length.isdecimal())):
        raise ValueError(f"{text!r} is neither an address nor a range")
    return ipaddress.ip_network(text, strict=False)


def cidr(text: str, ip_version: int) -> Net:
    """Return the network a CIDR means, host bits cleared.  Raises InvalidInput."""
    try:
        found = net_of(text)
    except ValueError as error:
        raise errors.InvalidInput(reason=f"'{text}' is not a valid IP subnet") from error
    if found.version != ip_version:
        raise errors.InvalidInput(
            reason=f"the cidr {text} is no IPv{ip_version} range (ip_version is {ip_version})"
        )
    if found.prefixlen == 0 or found.is_multicast or found.is_loopback:
        raise errors.InvalidInput(reason=f"'{text}' cannot be a subnet's range")
    return found


def address(text: str, what: str = "IP address") -> Address:
    """Return an address, without a zone.  Raises InvalidInput naming what it is for."""
    try:
        return ipaddress.ip_address(text.replace("%", "/"))  # a zone can hold any character
    except ValueError as error:
        raise errors.InvalidInput(reason=f"'{text}' is not a valid {what}") from error


def usable(net: Net) -> tuple[Address, Address]:
    """Return the first and the last address that a port can have."""
    first, last = net[0], net[-1]
    if net.num_addresses <= 2:
        return first, last
    return first + 1, (last - 1 if net.version == 4 else last)


def gateway(net: Net, wanted: Mapping[str, Any]) -> Address | None:
    """Return the gateway's address: the given one, none, or the first.  Raises InvalidInput."""
    if "gateway_ip" not in wanted:
        return usable(net)[0]
    if wanted["gateway_ip"] is None:
        return None
    given = address(wanted["gateway_ip"], "gateway address")
    if given.version != net.version:
        raise errors.InvalidInput(reason=f"the gateway {given} is not of the subnet's IP version")
    if given.version == 6 and given.is_link_local:
        return given
    low, high = usable(net)
    if not int(low) <= int(given) <= int(high):
        raise errors.InvalidInput(reason=f"Gateway {given} is not valid on subnet {net}")
    return given


def default_pools(net: Net, gateway_ip: Address | None) -> list[Pool]:
    """Return the whole range, less the gateway's address."""
    first, last = usable(net)
    if gateway_ip is None or not int(first) <= int(gateway_ip) <= int(last):
        return [{"start": str(first), "end": str(last)}]
    found = []
    if gateway_ip > first:  # type: ignore[operator]
        found.append({"start": str(first), "end": str(gateway_ip - 1)})
    if gateway_ip < last:  # type: ignore[operator]
        found.append({"start": str(gateway_ip + 1), "end": str(last)})
    return found


def checked_pools(net: Net, given: Sequence[Pool], gateway_ip: Address | None) -> list[Pool]:
    """Return the pools as given, once they are sound.

    Raises InvalidAllocationPool, OutOfBoundsAllocationPool, OverlappingAllocationPools,
    GatewayConflictWithAllocationPools.
    """
    low, high = usable(net)
    spans: list[tuple[int, int, str]] = []
    for pool in given:
        start, end = address(pool["start"]), address(pool["end"])
        text = f"{start}-{end}"
        if start.version != net.version or end.version != net.version or start > end:  # type: ignore[operator]
            raise errors.InvalidAllocationPool(pool=text)
        if start < low or end > high:  # type: ignore[operator]
            raise errors.OutOfBoundsAllocationPool(pool=text, cidr=net)
        if gateway_ip is not None and int(start) <= int(gateway_ip) <= int(end):
            raise errors.GatewayConflictWithAllocationPools(address=gateway_ip, pool=text)
        spans.append((int(start), int(end), text))
    ordered = sorted(spans)
    for before, after in itertools.pairwise(ordered):
        if after[0] <= before[1]:
            raise errors.OverlappingAllocationPools(pool_1=before[2], pool_2=after[2], cidr=net)
    return [{"start": str(address(p["start"])), "end": str(address(p["end"]))} for p in given]


def check_modes(net: Net, ra: str | None, mode: str | None, *, dhcp: bool) -> None:
    """Return when the two IPv6 modes go together.  Raises InvalidInput.

    Source: Networking API v2.0, the table of valid ipv6_ra_mode and ipv6_address_mode pairs.
    """
    if ra is None and mode is None:
        return
    if net.version == 4:
        raise errors.InvalidInput(reason="ipv6_ra_mode and ipv6_address_mode are for IPv6 subnets")
    if not dhcp:
        raise errors.InvalidInput(reason="ipv6_ra_mode and ipv6_address_mode need enable_dhcp")
    if ra is not None and mode is not None and ra != mode:
        raise errors.InvalidInput(
            reason=f"ipv6_ra_mode set to '{ra}' with ipv6_address_mode set to '{mode}' is not valid"
        )
    if (ra in AUTOMATIC or mode in AUTOMATIC) and net.prefixlen != 64:
        raise errors.InvalidInput(reason=f"{mode or ra} needs a /64, and {net} is none")


def from_mac(net: Net, mac: str) -> Address:
    """Return the address that a host makes from its MAC.  Source: RFC 4291, appendix A."""
    octets = bytes.fromhex(mac.replace(":", ""))
    whole = bytes([octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]])
    return net[0] + int.from_bytes(whole, "big")


def checked_routes(routes: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return host routes once they are sound.  Raises InvalidInput."""
    found = []
    for route in routes:
        try:
            destination = net_of(route["destination"])
        except ValueError as error:
            raise errors.InvalidInput(
                reason=f"'{route['destination']}' is not a valid destination"
            ) from error
        hop = address(route["nexthop"], "next hop")
        if hop.version != destination.version:
            raise errors.InvalidInput(reason=f"{destination} cannot be reached by way of {hop}")
        found.append({"destination": str(destination), "nexthop": str(hop)})
    return found
