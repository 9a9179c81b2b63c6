"""A plain bridge in a namespace of a test's own, and ports on it."""

import contextlib
import socket
import uuid
from collections.abc import Iterator

from common import process
from compute.drivers.base import FixedAddress, Nic, Ports
from compute.drivers.ports import Links, guest_end, tap_name
from network.metadata.namespaces import inside

GATEWAY = "10.98.0.1"


class SwitchPorts(Ports):
    """Ports on the bridge `br0` of a namespace; it forwards as soon as they are plugged."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._links = Links(namespace)
        self._ids: set[str] = set()
        self._last = 9

    def nic(self) -> Nic:
        """A new port with the next address of the bridge's network."""
        self._last += 1
        port_id = str(uuid.uuid4())
        host, low = divmod(self._last, 250)
        address = f"10.98.{host}.{low + 2}"
        mac = f"02:00:00:00:{host:02x}:{low:02x}"
        self._links.batch(f"neigh replace {address} lladdr {mac} dev br0")
        fixed = FixedAddress(address, 16, gateway=GATEWAY, dns_servers=(GATEWAY,))
        return Nic(port_id, mac, 1442, str(uuid.uuid4()), (fixed,))

    def plug_veth(self, nic: Nic) -> str:
        self._links.veth(nic)
        self._links.batch(f"link set {tap_name(nic.port_id)} master br0")
        self._ids.add(nic.port_id)
        return guest_end(nic.port_id)

    def plug_tap(self, nic: Nic) -> str:
        self._links.tap(nic)
        self._links.batch(f"link set {tap_name(nic.port_id)} master br0")
        self._ids.add(nic.port_id)
        return tap_name(nic.port_id)

    def unplug(self, port_id: str) -> None:
        self._links.remove(port_id)
        self._ids.discard(port_id)

    def wait_wired(self, port_id: str, *, timeout_s: float) -> None:
        """A bridge forwards at once."""

    def plugged(self) -> set[str]:
        names = self._links.names()
        return {port_id for port_id in self._ids if tap_name(port_id) in names}

    def devices(self) -> set[str]:
        """Every device of the namespace that belongs to some port."""
        return {name for name in self._links.names() if name.startswith(("tap", "ctr"))}

    def connect(self, address: str, port: int, *, timeout_s: float) -> socket.socket:
        """Connect from inside the namespace."""
        return inside(
            self.namespace, lambda: socket.create_connection((address, port), timeout_s)
        )


@contextlib.contextmanager
def running() -> Iterator[SwitchPorts]:
    """Give the ports of a new bridge, and leave nothing of it."""
    name = f"cut{uuid.uuid4().hex[:8]}"
    process.run(["ip", "netns", "add", name], timeout_s=10)
    try:
        Links(name).batch(
            "link set lo up",
            "link add br0 type bridge forward_delay 0",
            f"addr add {GATEWAY}/16 dev br0",
            "link set br0 up",
        )
        yield SwitchPorts(name)
    finally:
        process.run(["ip", "netns", "del", name], timeout_s=10, check=False)
