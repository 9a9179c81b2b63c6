"""Who lives where: the ports of OVN's southbound database, as the metadata proxy needs them."""

import dataclasses
import threading
from collections.abc import Callable

from network.drivers.ovn.connection import Key, Listener
from network.drivers.ovn.rows import NETWORK_ID, Row, Rows, facts


@dataclasses.dataclass(frozen=True)
class Port:
    """One port binding.  kind: localport for the network's own.  chassis: where it is, or empty.

    cidrs: addresses with their prefix length, such as 10.0.0.2/24.
    """

    port_id: str
    network_id: str
    kind: str
    chassis: str
    mac: str
    cidrs: tuple[str, ...]
    device_id: str
    project_id: str


KEYS: dict[str, Key] = {
    "Port_Binding": lambda row: str(row.logical_port),
    "Chassis": lambda row: str(row.name),
}
GUESTS = ("", "virtual")


def described(row: Row) -> Port:
    """What a row of Port_Binding says."""
    known = facts(row)
    words = row.mac[0].split() if row.mac else []
    return Port(
        port_id=row.logical_port,
        network_id=known.get(NETWORK_ID, ""),
        kind=row.type,
        chassis=row.chassis[0].name if row.chassis else "",
        mac=words[0] if words else "",
        cidrs=tuple(known.get("neutron:cidrs", "").split()),
        device_id=known.get("neutron:device_id", ""),
        project_id=known.get("neutron:project_id", ""),
    )


class Directory(Listener):
    """The ports there are; `touched` is called, on the database's thread, when some changed."""

    def __init__(self, touched: Callable[[], None]) -> None:
        self._touched = touched
        self._lock = threading.Lock()
        self._ports: dict[str, Port] = {}
        self._guests: dict[tuple[str, str], Port] = {}
        self._complete = False

    def changed(self, event: str, row: Row) -> None:
        if row._table.name != "Port_Binding":
            return
        with self._lock:
            self._forget(row.logical_port)
            if event != "delete":
                self._learn(described(row))
        if self._complete:
            self._touched()

    def whole(self, rows: Rows) -> None:
        with self._lock:
            self._ports, self._guests = {}, {}
            for row in rows.all("Port_Binding"):
                self._learn(described(row))
            self._complete = True
        self._touched()

    def _learn(self, port: Port) -> None:
        self._ports[port.port_id] = port
        if port.kind in GUESTS and port.device_id:
            for cidr in port.cidrs:
                self._guests[port.network_id, cidr.partition("/")[0]] = port

    def _forget(self, port_id: str) -> None:
        port = self._ports.pop(port_id, None)
        for cidr in port.cidrs if port else ():
            key = (port.network_id, cidr.partition("/")[0]) if port else ("", "")
            if self._guests.get(key) == port:
                del self._guests[key]

    def guest(self, network_id: str, address: str) -> Port | None:
        """The guest that has this address on this network."""
        with self._lock:
            return self._guests.get((network_id, address))

    def wanted(self, chassis: str) -> dict[str, Port] | None:
        """The own port of each network that has guests on the chassis, by network.

        None while the rows aren't all here, when nothing can be concluded.
        """
        with self._lock:
            if not self._complete:
                return None
            ports = list(self._ports.values())
        here = {p.network_id for p in ports if p.kind in GUESTS and p.chassis == chassis}
        return {p.network_id: p for p in ports if p.kind == "localport" and p.network_id in here}
