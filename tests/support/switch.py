"""Ports in a namespace of a test's own, each with a route: no switch, so nothing to wait for.

A bridge would not do: it forwards to a new port only when the kernel gets round to telling it of
the carrier, which takes a second.
"""

import contextlib
import socket
import uuid
from collections.abc import Iterator

from common import process
from common.namespaces import inside
from compute.drivers.base import FixedAddress, Nic, Ports
from compute.drivers.figures import Traffic
from compute.drivers.ports import Links, guest_end, tap_name

GATEWAY = "10.98.0.1"


class SwitchPorts(Ports):
    """Ports of a namespace that can be reached from inside it."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._links = Links(namespace)
        self._ids: set[str] = set()
        self._last = 9

    def nic(self) -> Nic:
        """A new port with the next address of the network."""
        self._last += 1
        port_id = str(uuid.uuid4())
        high, low = divmod(self._last, 250)
        mac = f"02:00:00:00:{high:02x}:{low:02x}"
        fixed = FixedAddress(f"10.98.{high}.{low + 2}", 16, GATEWAY, (GATEWAY,))
        return Nic(port_id, mac, 1442, str(uuid.uuid4()), (fixed,))

    def plug_veth(self, nic: Nic) -> str:
        self._links.veth(nic)
        self._route(nic)
        return guest_end(nic.port_id)

    def plug_tap(self, nic: Nic) -> str:
        self._links.tap(nic)
        self._route(nic)
        return tap_name(nic.port_id)

    def _route(self, nic: Nic) -> None:
        tap, address = tap_name(nic.port_id), nic.addresses[0].address
        self._links.batch(
            f"addr replace {GATEWAY}/32 dev {tap}",
            f"route replace {address} dev {tap} src {GATEWAY}",
            f"neigh replace {address} lladdr {nic.mac} dev {tap}",
        )
        self._ids.add(nic.port_id)

    def traffic(self, port_ids: set[str]) -> dict[str, Traffic]:
        counted = self._links.counters()
        return {one: counted[tap_name(one)] for one in port_ids & self._ids}

    def unplug(self, port_id: str) -> None:
        self._links.remove(port_id)
        self._ids.discard(port_id)

    def wait_wired(self, port_id: str, *, timeout_s: float) -> None:
        """A route works at once."""

    def plugged(self) -> set[str]:
        names = self._links.names()
        return {port_id for port_id in self._ids if tap_name(port_id) in names}

    def devices(self) -> set[str]:
        """Every device of the namespace that belongs to some port."""
        return {name for name in self._links.names() if name.startswith(("tap", "ctr"))}

    def connect(self, address: str, port: int, *, timeout_s: float) -> socket.socket:
        """Connect from inside the namespace."""
        return inside(self.namespace, lambda: socket.create_connection((address, port), timeout_s))


@contextlib.contextmanager
def running() -> Iterator[SwitchPorts]:
    """Give the ports of a new namespace, and leave nothing of it."""
    name = f"cut{uuid.uuid4().hex[:8]}"
    process.run(["ip", "netns", "add", name], timeout_s=10)
    try:
        Links(name).batch("link set lo up")
        yield SwitchPorts(name)
    finally:
        process.run(["ip", "netns", "del", name], timeout_s=10, check=False)
