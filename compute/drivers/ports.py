"""The host's end of guests' ports: links in the cloud's namespace, plugged into Open vSwitch.

A port's device is `tap` and the first eleven characters of the port's id, the guest end of a veth
`ctr` and the same: fifteen in all, the most a device's name may have.
"""

import json
import os
import pathlib
import socket
import threading
from collections.abc import Mapping

from common import namespaces, process
from compute.drivers.base import GuestFault, Nic, Ports
from compute.drivers.figures import Traffic

_TIMEOUT_S = 20
_ID_PART = 11


def tap_name(port_id: str) -> str:
    """Return the device that is the host's end of a port."""
    return f"tap{port_id[:_ID_PART]}"


def guest_end(port_id: str) -> str:
    """Return the device that is handed to a container."""
    return f"ctr{port_id[:_ID_PART]}"


class Links:
    """Devices in a network namespace.  One `ip` process does a whole batch."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def veth(self, nic: Nic) -> bool:
        """Make a pair, its host end up; return whether it is new."""
        tap, end = tap_name(nic.port_id), guest_end(nic.port_id)
        return self._make(
            nic,
            f"link add {tap} mtu {nic.mtu} type veth peer name {end}"
            f" address {nic.mac} mtu {nic.mtu}",
        )

    def tap(self, nic: Nic) -> bool:
        """Make a persistent tap, up; return whether it is new."""
        return self._make(nic, f"tuntap add dev {tap_name(nic.port_id)} mode tap vnet_hdr")

    def remove(self, port_id: str) -> None:
        """Remove the port's devices, wherever the guest end is; missing ones are a success."""
        self.batch(f"link del {tap_name(port_id)}", force=True)

    def names(self) -> set[str]:
        listed = process.run(["ip", "-n", self._namespace, "-j", "link"], timeout_s=_TIMEOUT_S)
        return {link["ifname"] for link in json.loads(listed or "[]") if "ifname" in link}

    def counters(self) -> dict[str, Traffic]:
        """Return what went through each device, as whoever is behind it sees it."""
        argv = ["ip", "-n", self._namespace, "-s", "-j", "link"]
        listed = json.loads(process.run(argv, timeout_s=_TIMEOUT_S) or "[]")
        return {link["ifname"]: _seen_behind(link["stats64"]) for link in listed if link}

    def pair(self, port_id: str) -> tuple[int, int] | None:
        """Return the indexes of a veth's two ends when both are here, without a process."""
        names = tap_name(port_id), guest_end(port_id)
        try:
            tap, end = namespaces.inside(
                self._namespace, lambda: [socket.if_nametoindex(name) for name in names]
            )
        except OSError:
            return None
        return tap, end

    def batch(self, *lines: str, force: bool = False) -> None:
        """Run `ip` commands in order.  force: go on after one that fails.  Raises CommandFailed."""
        argv = ["ip", "-n", self._namespace, *(["-force"] if force else []), "-batch", "-"]
        text = "".join(line + "\n" for line in lines).encode()
        process.run(argv, timeout_s=_TIMEOUT_S, stdin=text, check=not force)

    def _make(self, nic: Nic, line: str) -> bool:
        up = f"link set {tap_name(nic.port_id)} mtu {nic.mtu} up"
        try:
            self.batch(line, up)
        except process.CommandFailed as error:
            text = str(error)
            if "File exists" not in text and "busy" not in text:
                raise
            self.batch(up)
            return False
        return True


def _seen_behind(stats: Mapping[str, Mapping[str, int]]) -> Traffic:
    """Return a host end's counters turned round: what it sends is what the guest receives."""
    counts: dict[str, int] = {}
    for way, host_way in (("rx", "tx"), ("tx", "rx")):
        found = stats[host_way]
        counts[f"{way}_octets"] = found["bytes"]
        counts[f"{way}_packets"] = found["packets"]
        counts[f"{way}_errors"] = found["errors"]
        counts[f"{way}_drop"] = found["dropped"]
    return Traffic(**counts)


class OvsPorts(Ports):
    """Ports on the integration bridge, as OVN's controller expects to find them.

    database: such as `unix:/var/lib/cumulet/ovn/db.sock`.  namespace: the data plane's.
    programs: directory of ovs-vsctl, when it isn't on the path.
    """

    def __init__(
        self,
        *,
        database: str,
        namespace: str,
        programs: pathlib.Path | None = None,
        bridge: str = "br-int",
    ) -> None:
        self._database = database
        self._bridge = bridge
        self._links = Links(namespace)
        self._env = _path_with(programs)
        self._plugged: dict[str, tuple[Nic, tuple[int, int] | None]] = {}

    def plug_veth(self, nic: Nic) -> str:
        pair = self._links.pair(nic.port_id)
        if pair is not None and self._plugged.get(nic.port_id) == (nic, pair):
            return guest_end(nic.port_id)  # the very devices that this process plugged
        try:
            new = self._links.veth(nic)
        except process.CommandFailed as error:
            raise GuestFault(reason=f"Port {nic.port_id} got no device: {error}") from error
        self._plug(nic, new)
        self._plugged[nic.port_id] = (nic, self._links.pair(nic.port_id))
        return guest_end(nic.port_id)

    def plug_tap(self, nic: Nic) -> str:
        try:
            new = self._links.tap(nic)
        except process.CommandFailed as error:
            raise GuestFault(reason=f"Port {nic.port_id} got no device: {error}") from error
        self._plug(nic, new)
        return tap_name(nic.port_id)

    def traffic(self, port_ids: set[str]) -> dict[str, Traffic]:
        counted = self._links.counters()
        devices = {port_id: tap_name(port_id) for port_id in port_ids}
        return {port_id: counted[name] for port_id, name in devices.items() if name in counted}

    def unplug(self, port_id: str) -> None:
        self._plugged.pop(port_id, None)
        self._vsctl("--no-wait", "--if-exists", "del-port", self._bridge, tap_name(port_id))
        self._links.remove(port_id)

    def wait_wired(self, port_id: str, *, timeout_s: float) -> None:
        device = tap_name(port_id)
        limit = max(1, round(timeout_s))
        try:
            self._vsctl(
                "wait-until", "Interface", device, 'external_ids:ovn-installed="true"',
                timeout_s=limit,
            )  # fmt: skip
        except (process.CommandFailed, process.CommandTimeout) as error:
            raise GuestFault(
                reason=f"Port {port_id} was not connected to its network within {limit} s."
            ) from error

    def plugged(self) -> set[str]:
        out = self._vsctl("--format=json", "--columns=name,external_ids", "list", "Interface")
        found = set()
        for name, (_, pairs) in json.loads(out)["data"]:
            port_id = dict(pairs).get("iface-id", "")
            if port_id and name == tap_name(port_id):
                found.add(port_id)
        return found

    def _plug(self, nic: Nic, new: bool) -> None:
        device = tap_name(nic.port_id)
        try:
            try:
                self._add(nic, *([] if new else ["--may-exist"]))
            except process.CommandFailed as error:
                if "already exists" not in str(error):
                    raise
                # The switch still holds the device that was lost, and must let go of it first.
                self._vsctl("--if-exists", "del-port", self._bridge, device)
                self._add(nic)
        except (process.CommandFailed, process.CommandTimeout) as error:
            raise GuestFault(reason=f"Port {nic.port_id} was not plugged: {error}") from error

    def _add(self, nic: Nic, *options: str) -> None:
        device = tap_name(nic.port_id)
        self._vsctl(
            "--no-wait", *options, "add-port", self._bridge, device,
            "--", "set", "Interface", device,
            f"external_ids:iface-id={nic.port_id}",
            f'external_ids:attached-mac="{nic.mac}"',
            "external_ids:iface-status=active",
        )  # fmt: skip

    def _vsctl(self, *arguments: str, timeout_s: int = _TIMEOUT_S) -> str:
        argv = ["ovs-vsctl", f"--db={self._database}", "-t", str(timeout_s), *arguments]
        return process.run(argv, timeout_s=timeout_s + 2, env=self._env)


def _path_with(programs: pathlib.Path | None) -> Mapping[str, str] | None:
    if programs is None:
        return None
    return {**os.environ, "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}"}


class FakePorts(Ports):
    """Ports that exist in memory.  unwired: ids of ports that never get connected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.devices: dict[str, str] = {}
        self.unwired: set[str] = set()

    def plug_veth(self, nic: Nic) -> str:
        with self._lock:
            self.devices[nic.port_id] = "veth"
        return guest_end(nic.port_id)

    def plug_tap(self, nic: Nic) -> str:
        with self._lock:
            self.devices[nic.port_id] = "tap"
        return tap_name(nic.port_id)

    def traffic(self, port_ids: set[str]) -> dict[str, Traffic]:
        with self._lock:
            return {port_id: Traffic(1500, 10) for port_id in port_ids & self.devices.keys()}

    def unplug(self, port_id: str) -> None:
        with self._lock:
            self.devices.pop(port_id, None)

    def wait_wired(self, port_id: str, *, timeout_s: float) -> None:
        with self._lock:
            wired = port_id in self.devices and port_id not in self.unwired
        if not wired:
            raise GuestFault(
                reason=f"Port {port_id} was not connected to its network within {timeout_s} s."
            )

    def plugged(self) -> set[str]:
        with self._lock:
            return set(self.devices)
