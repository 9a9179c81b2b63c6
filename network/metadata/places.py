"""A network's metadata address on this host: a namespace, wired to the network's own port."""

from common import process
from common.namespaces import NAMESPACES
from network.drivers.ovn.connection import Database, Key, by_name
from network.drivers.ovn.rows import Rows
from network.metadata.directory import Port

ADDRESS = "169.254.169.254"
DEVICE = "metadata"
OWNER = "cumulet:metadata"  # on our interfaces: the network's id
SWITCH_KEYS: dict[str, Key] = {
    "Open_vSwitch": lambda row: "",
    "Bridge": by_name,
    "Port": by_name,
    "Interface": by_name,
}


def tap_name(network_id: str) -> str:
    return f"md{network_id[:11]}"


class Places:
    """The namespaces of one cloud, named after its tag and the network's id.

    switch: the Open_vSwitch database of this host.
    """

    def __init__(self, switch: Database, tag: str, bridge: str = "br-int") -> None:
        self._switch = switch
        self._tag = tag
        self._bridge = bridge

    def name(self, network_id: str) -> str:
        return f"{self._tag}-md-{network_id[:11]}"

    def chassis(self) -> str:
        """What this host is called in OVN's databases."""

        def look(rows: Rows) -> str:
            row = rows.get("Open_vSwitch", "")
            return str(row.external_ids.get("system-id", "")) if row is not None else ""

        return self._switch.read(look)

    def ensure(self, port: Port) -> None:
        """Make the place of the port's network, or bring what is there up to date."""
        name, tap = self.name(port.network_id), tap_name(port.network_id)
        if not (NAMESPACES / name).exists():
            process.run(["ip", "netns", "add", name], timeout_s=10)
        show = ["ip", "link", "show", tap]
        if not process.run(show, timeout_s=10, check=False, network_namespace=self._tag):
            wire = f"ip link add {tap} type veth peer name {DEVICE} netns {name}"
            process.run(wire.split(), timeout_s=10, network_namespace=self._tag)
        up = ["ip", "link", "set", tap, "up"]
        process.run(up, timeout_s=10, network_namespace=self._tag)
        lines = [
            f"link set {DEVICE} address {port.mac}",
            f"address flush dev {DEVICE}",
            *(f"address replace {cidr} dev {DEVICE}" for cidr in port.cidrs),
            f"address replace {ADDRESS}/32 dev {DEVICE}",
            "link set lo up",
            f"link set {DEVICE} up",
        ]
        script = "\n".join(lines).encode()
        process.run(["ip", "-batch", "-"], timeout_s=10, stdin=script, network_namespace=name)
        self._switch.write(lambda rows: self._plug(rows, tap, port))

    def _plug(self, rows: Rows, tap: str, port: Port) -> None:
        ids = {"iface-id": port.port_id, OWNER: port.network_id}
        interface = rows.get("Interface", tap)
        if interface is not None:
            rows.set(interface, external_ids=ids)
            return
        interface = rows.insert("Interface", tap, name=tap, external_ids=ids)
        plug = rows.insert("Port", tap, name=tap, interfaces=[interface])
        bridge = rows.get("Bridge", self._bridge)
        if bridge is not None:
            bridge.addvalue("ports", plug)

    def there(self) -> set[str]:
        """Names of this cloud's metadata namespaces, left by an earlier run too."""
        if not NAMESPACES.exists():
            return set()
        return {path.name for path in NAMESPACES.glob(f"{self._tag}-md-*")}

    def remove(self, name: str) -> None:
        """Unplug and remove the namespace; one that is not there is a success."""
        tap = f"md{name.removeprefix(f'{self._tag}-md-')}"
        self._switch.write(lambda rows: self._unplug(rows, tap))
        unwire = ["ip", "link", "delete", tap]
        process.run(unwire, timeout_s=10, check=False, network_namespace=self._tag)
        if (NAMESPACES / name).exists():
            process.run(["ip", "netns", "delete", name], timeout_s=10, check=False)

    def _unplug(self, rows: Rows, tap: str) -> None:
        bridge, plug = rows.get("Bridge", self._bridge), rows.get("Port", tap)
        if bridge is not None and plug is not None:
            bridge.delvalue("ports", plug)
