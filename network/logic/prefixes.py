"""Prefixes of subnet pools, and what is still free in them: pure functions."""

import ipaddress
from collections.abc import Iterable, Sequence

from network import errors
from network.logic import ranges
from network.logic.ranges import Net

WIDTH = {4: 32, 6: 128}
SMALLEST = {4: 8, 6: 64}


def parse(given: Sequence[str]) -> list[Net]:
    """Return the prefixes as ranges of one family.  Raises InvalidInput, BadRequest."""
    found = []
    for text in given:
        try:
            found.append(ranges.net_of(text))
        except ValueError as error:
            raise errors.InvalidInput(reason=f"'{text}' is not a valid IP subnet") from error
    if len({net.version for net in found}) > 1:
        raise errors.IllegalSubnetPoolPrefixUpdate(
            reason="the prefixes of a pool are all of one IP version"
        )
    return found


def compact(nets: Iterable[Net]) -> list[Net]:
    """Return the fewest ranges that hold the same addresses."""
    found = list(nets)
    four = [net for net in found if isinstance(net, ipaddress.IPv4Network)]
    six = [net for net in found if isinstance(net, ipaddress.IPv6Network)]
    return [*ipaddress.collapse_addresses(four), *ipaddress.collapse_addresses(six)]


def covers(whole: Iterable[Net], part: Net) -> bool:
    """Say whether a range lies in one of some ranges."""
    return any(
        one.version == part.version and part.subnet_of(one)  # type: ignore[arg-type]
        for one in compact(whole)
    )


def without(whole: Sequence[Net], less: Sequence[Net]) -> list[Net]:
    """Return what is left of ranges when others are taken out.

    Raises IllegalSubnetPoolPrefixUpdate when a range is not there to be taken.
    """
    left = compact(whole)
    for one in compact(less):
        if not covers(left, one):
            raise errors.IllegalSubnetPoolPrefixUpdate(reason=f"{one} is none of its prefixes")
        left = [part for net in left for part in _less(net, one)]
    return compact(left)


def _less(net: Net, taken: Net) -> list[Net]:
    if net.version != taken.version or not taken.subnet_of(net):  # type: ignore[arg-type]
        return [net]
    return list(net.address_exclude(taken))  # type: ignore[arg-type]


def first_free(prefixes: Sequence[Net], taken: Sequence[Net], length: int) -> Net | None:
    """Return the lowest range of a length that no taken one touches, None when there is none.

    Between two taken ranges the first aligned address is looked at, so the cost is that of
    sorting them.
    """
    size = 1 << (WIDTH[prefixes[0].version] - length)
    spans = sorted((int(net[0]), int(net[-1])) for net in taken)
    for prefix in sorted(compact(prefixes), key=lambda net: int(net[0])):
        start, end = int(prefix[0]), int(prefix[-1])
        for first, last in spans:
            if last < start or first > end:
                continue
            if start + size - 1 < first:
                break
            start = -(-(last + 1) // size) * size
        start = -(-start // size) * size
        if start + size - 1 <= end:
            kind = ipaddress.IPv4Network if prefix.version == 4 else ipaddress.IPv6Network
            return kind((start, length))
    return None


def units(net: Net) -> int:
    """Return what a range counts for in a pool's quota: addresses, or /64 networks."""
    return net.num_addresses if net.version == 4 else 1 << max(64 - net.prefixlen, 0)
