"""Addresses that move between ports: a port nobody owns, whose address others may send from.

Such a port becomes a virtual one; its address is wherever it was announced last.
Source: ovn-nb(5), Logical_Switch_Port, options for virtual ports.
"""

from network.drivers.ovn.rows import REVISION, Row, Rows, facts, held

PAIRS = "cumulet:allowed_addresses"
MARK = "cumulet:pairs"  # on a switch where some port has, or had, allowed pairs


def options(port: Row) -> dict[str, str]:
    """The port's options; none yet when it was just inserted."""
    try:
        return dict(port.options)
    except AttributeError:
        return {}


def follow(rows: Rows, switch: Row) -> None:
    """Make the switch's ports virtual, or plain again, as the allowed pairs now say."""
    everybody = [
        (port, known) for port in held(switch, "ports") if REVISION in (known := facts(port))
    ]
    parents: dict[str, list[str]] = {}
    for port, known in everybody:
        for address in known.get(PAIRS, "").split():
            parents.setdefault(address, []).append(port.name)
    for port, known in everybody:
        kept = {key: value for key, value in options(port).items() if key[:8] != "virtual-"}
        shared = None if known.get("neutron:device_owner") else _shared(port, known, parents)
        if shared:
            address, others = shared
            moving = {"virtual-ip": address, "virtual-parents": ",".join(others)}
            rows.set(port, type="virtual", options={**kept, **moving})
        elif "virtual-ip" in options(port):
            rows.set(port, type="", options=kept)


def _shared(
    port: Row, known: dict[str, str], parents: dict[str, list[str]]
) -> tuple[str, list[str]] | None:
    """The port's first address that others may send from, and who they are."""
    for cidr in known.get("neutron:cidrs", "").split():
        address = cidr.partition("/")[0]
        others = sorted(name for name in parents.get(address, ()) if name != port.name)
        if others:
            return address, others
    return None
