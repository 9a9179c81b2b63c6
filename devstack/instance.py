"""The facts of one cloud on this machine: where it keeps things, its name, ports and addresses.

Several clouds live side by side, each known by its state directory.  What was picked when a cloud
came up first (ports, public network) is kept in `instance.json` and stays.
"""

import dataclasses
import hashlib
import ipaddress
import json
import os
import pathlib
import socket

from common import errors, process

MARK = "CUMULET_STATE"
DEFAULT_STATE_DIR = "/var/lib/cumulet"
DEFAULT_PUBLIC = "198.19.0.0/24"
OTHER_PUBLIC = ipaddress.IPv4Network("198.19.128.0/17")
PORTS = {
    "epmd": 4370,
    "identity": 5000,
    "broker": 5672,
    "broker_node": 5673,
    "console": 6080,
    "orchestration": 8004,
    "dashboard": 8088,
    "compute": 8774,
    "metadata": 8775,
    "volume": 8776,
    "placement": 8778,
    "image": 9292,
    "network": 9696,
}
API_PATHS = {
    "identity": "/v3",
    "image": "",
    "network": "",
    "compute": "/v2.1",
    "placement": "",
    "orchestration": "/v1/%(tenant_id)s",
    "block-storage": "/v3",
    "volumev3": "/v3/%(tenant_id)s",
}
SERVED_BY = {"block-storage": "volume", "volumev3": "volume"}
"""Whose port an entry of the catalog answers on, where it is not its own."""


class NoRoom(errors.CloudError):
    message = "No {what} is free on this machine."


@dataclasses.dataclass(frozen=True)
class Instance:
    """One cloud.

    port_offset: added to every well-known port.  public_cidr: floating addresses come from it.
    dashboard: whether Horizon is one of its processes.
    """

    state_dir: pathlib.Path
    port_offset: int = 0
    public_cidr: str = DEFAULT_PUBLIC
    dashboard: bool = False

    @property
    def tag(self) -> str:
        """The name of the cloud's network namespace, and the prefix of names on the host."""
        return tag_of(self.state_dir)

    @property
    def gateway(self) -> str:
        """The public network's gateway with its prefix length: the first address."""
        network = ipaddress.IPv4Network(self.public_cidr)
        return f"{network[1]}/{network.prefixlen}"

    @property
    def config_file(self) -> pathlib.Path:
        return self.state_dir / "cumulet.conf"

    @property
    def control_socket(self) -> pathlib.Path:
        return self.state_dir / "run" / "supervisor.sock"

    @property
    def clouds_file(self) -> pathlib.Path:
        return self.state_dir / "clouds.yaml"

    def port(self, name: str) -> int:
        """Return one of PORTS, moved by the offset."""
        return PORTS[name] + self.port_offset

    def url(self, name: str) -> str:
        """Return an API's root: `http://127.0.0.1:8774`."""
        return f"http://127.0.0.1:{self.port(name)}"

    def log(self, name: str) -> pathlib.Path:
        """Return the log file of one process."""
        return self.state_dir / "log" / f"{name}.log"

    def secret(self, name: str) -> str:
        """Return one generated secret."""
        return (self.state_dir / "secrets" / name).read_text().strip()

    def save(self) -> None:
        """Keep what was picked."""
        facts = {
            "port_offset": self.port_offset,
            "public_cidr": self.public_cidr,
            "dashboard": self.dashboard,
        }
        (self.state_dir / "instance.json").write_text(json.dumps(facts) + "\n")


def tag_of(state_dir: pathlib.Path) -> str:
    """Return `cumulet` for the default state directory, `cu` and six digits for any other."""
    if str(state_dir) == DEFAULT_STATE_DIR:
        return "cumulet"
    digest = hashlib.sha1(str(state_dir).encode(), usedforsecurity=False).hexdigest()
    return f"cu{digest[:6]}"


def known(state_dir: str | pathlib.Path) -> Instance | None:
    """Return the cloud that was made in a state directory, or None when there is none."""
    place = pathlib.Path(state_dir).resolve()
    try:
        facts = json.loads((place / "instance.json").read_text())
    except FileNotFoundError:
        return None
    dashboard = bool(facts.get("dashboard", False))
    return Instance(place, int(facts["port_offset"]), str(facts["public_cidr"]), dashboard)


def pick(
    state_dir: str | pathlib.Path, port_offset: str | None, *, dashboard: bool = False
) -> Instance:
    """Return the cloud of a state directory, with ports and addresses picked if it is new.

    port_offset: a number, `auto` for a free block of ports, or None for what it had (0 if new).
    dashboard: whether it is to have one from now on; what it has stays.
    """
    place = pathlib.Path(state_dir).resolve()
    old = known(place)
    offset = offset_of(old, port_offset)
    found = old or Instance(place, 0, _public(place))
    wanted = dashboard or found.dashboard
    return dataclasses.replace(found, port_offset=offset, dashboard=wanted)


def offset_of(old: Instance | None, port_offset: str | None) -> int:
    """Return the offset that the option means for a cloud that may exist already."""
    if port_offset == "auto":
        return old.port_offset if old and old.port_offset else free_offset()
    if port_offset is not None:
        return int(port_offset)
    return old.port_offset if old else 0


def running(state_dir: pathlib.Path) -> int | None:
    """Return the process id of the cloud's supervisor, or None when it does not run."""
    try:
        pid = int((state_dir / "pid/supervisor.pid").read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if b"devstack.supervisor" in command else None


def processes(state_dir: pathlib.Path) -> list[int]:
    """Return every process of the cloud, by the mark in its environment."""
    mark = f"{MARK}={state_dir}".encode()
    found = []
    for entry in os.listdir("/proc"):
        try:
            environment = pathlib.Path("/proc", entry, "environ").read_bytes()
        except OSError:
            continue
        if entry.isdigit() and mark in environment.split(b"\0"):
            found.append(int(entry))
    return found


def free_offset() -> int:
    """Return an offset whose ports are all free.  Raises NoRoom."""
    for offset in range(10_000, 23_000, 100):
        if not taken_ports(offset):
            return offset
    raise NoRoom(what="block of ports")


def taken_ports(offset: int, *, dashboard: bool = True) -> list[int]:
    """Return which of a cloud's ports somebody listens on now, the dashboard's if it has one."""
    ports = [port for name, port in PORTS.items() if dashboard or name != "dashboard"]
    return [port + offset for port in ports if not _is_free(port + offset)]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _public(state_dir: pathlib.Path) -> str:
    """Return a range for floating addresses that the host has no route to."""
    if str(state_dir) == DEFAULT_STATE_DIR:
        return DEFAULT_PUBLIC
    routes = json.loads(process.run(["ip", "-json", "route"], timeout_s=10) or "[]")
    held = [
        ipaddress.IPv4Network(route["dst"], strict=False)
        for route in routes
        if route["dst"] != "default"
    ]
    ranges = list(OTHER_PUBLIC.subnets(new_prefix=24))
    first = int(tag_of(state_dir)[2:], 16) % len(ranges)
    for candidate in ranges[first:] + ranges[:first]:
        if not any(candidate.overlaps(other) for other in held):
            return str(candidate)
    raise NoRoom(what="range of addresses for the public network")
