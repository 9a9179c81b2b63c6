"""Limits of ports and floating addresses become QoS rows of their network's switch.

Source: ovn-nb(5), QoS TABLE: from-lport is what the port sends; rate in kbps, burst in kilobits.
"""

from collections.abc import Mapping

from network.drivers.base import LimitSpec
from network.drivers.ovn.rows import Row, Rows, facts, held

OWNER = "cumulet:qos_owner"
PLACE = "cumulet:qos_place"
PRIORITY = 2002
Wanted = Mapping[str, tuple[str, LimitSpec]]  # place to (match, limit)


def of_port(port_id: str, limits: tuple[LimitSpec, ...]) -> Wanted:
    """The rows of one port: what it sends is its inport's, what it receives its outport's."""
    return {limit.direction: (f'{_side(limit)} == "{port_id}"', limit) for limit in limits}


def of_address(gateway_port_id: str, address: str, limits: tuple[LimitSpec, ...]) -> Wanted:
    """The rows of an outside address, on the external network, where its router's gateway is."""
    here = f'is_chassis_resident("cr-lrp-{gateway_port_id}")'
    found = {}
    for limit in limits:
        side = "src" if limit.direction == "egress" else "dst"
        match = f'{_side(limit)} == "{gateway_port_id}" && ip4.{side} == {address} && {here}'
        found[f"{address}/{limit.direction}"] = (match, limit)
    return found


def ensure(rows: Rows, switch: Row, owner: str, wanted: Wanted) -> None:
    """Make the rows that the switch holds for an owner those wanted."""
    there = {
        known[PLACE]: row
        for row in held(switch, "qos_rules")
        if (known := facts(row)).get(OWNER) == owner
    }
    missing = rows.exchange(switch, "qos_rules", there, wanted)
    for place, (match, limit) in wanted.items():
        row = there.get(place)
        if place in missing or row is None:
            row = rows.insert("QoS", external_ids={OWNER: owner, PLACE: place})
            switch.addvalue("qos_rules", row)
        rows.set(
            row,
            direction="from-lport" if limit.direction == "egress" else "to-lport",
            priority=PRIORITY,
            match=match,
            bandwidth=_bandwidth(limit),
            action={} if limit.dscp is None else {"dscp": limit.dscp},
        )


def _side(limit: LimitSpec) -> str:
    return "inport" if limit.direction == "egress" else "outport"


def _bandwidth(limit: LimitSpec) -> dict[str, int]:
    """Rate and burst; eight tenths of the rate when no burst is given, as TCP needs."""
    if not limit.max_kbps:
        return {}
    return {"rate": limit.max_kbps, "burst": limit.burst_kbps or max(limit.max_kbps * 8 // 10, 1)}
