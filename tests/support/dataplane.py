"""A data plane of a test's own: real daemons in a namespace, and guests that are namespaces too."""

import contextlib
import hashlib
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from common import process
from common.namespaces import inside
from devstack import ovs, ovs_packages, plumbing

PROGRAMS = ovs_packages.CACHE
LEASE_SCRIPT = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr flush dev $interface
ip addr add $ip/$mask dev $interface
ip link set $interface mtu ${mtu:-1500}
set -- $staticroutes
while [ -n "$2" ]; do
    ip route replace $1 via $2 dev $interface onlink
    shift 2
done
"""


class Plane:
    """The daemons, until `stop`; everything is named after a tag nobody else has."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self.state_dir = Path(tempfile.mkdtemp(prefix="cu", dir="/tmp"))
        digest = hashlib.sha1(str(self.state_dir).encode(), usedforsecurity=False)
        self.tag = f"cu{digest.hexdigest()[:6]}"
        self.programs = ovs.fetch()
        self.remote = f"unix:{ovs.run_dir(self.state_dir)}/db.sock"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._guests: list[Guest] = []
        self._log = (self.state_dir / "daemons.log").open("wb")

    def start(self) -> None:
        """Bring the daemons up; returns when guests can be plugged."""
        ovs.prepare(
            self.state_dir, self.tag, self.programs, host="chassis-1", gateway=self._gateway
        )
        for name, argv in ovs.commands(self.state_dir, self.tag, self.programs):
            self._running[name] = subprocess.Popen(argv, stderr=self._log, stdout=self._log)
        ovs.ready(self.state_dir, self.programs)

    def kill(self, name: str) -> None:
        """End one daemon the hard way."""
        self._running[name].kill()
        self._running.pop(name).wait()

    def revive(self, name: str) -> None:
        """Start one daemon again, as its keeper would."""
        argv = dict(ovs.commands(self.state_dir, self.tag, self.programs))[name]
        self._running[name] = subprocess.Popen(argv, stderr=self._log, stdout=self._log)

    def stop(self) -> None:
        """Leave nothing behind."""
        for guest in self._guests:
            guest.remove()
        ovs.clean(self.state_dir, self.tag)
        for daemon in self._running.values():
            daemon.kill()
            daemon.wait()
        self._log.close()
        shutil.rmtree(self.state_dir, ignore_errors=True)

    def vsctl(self, *arguments: str) -> str:
        return self._client("ovs-vsctl", *arguments)

    def nbctl(self, *arguments: str) -> str:
        return self._client("ovn-nbctl", *arguments)

    def _client(self, program: str, *arguments: str) -> str:
        command = [self.programs.program(program), f"--db={self.remote}", "--timeout=10"]
        env = ovs.environment(self.state_dir, self.programs)
        return process.run([*command, *arguments], timeout_s=12, env=env)

    def guest(self, port_id: str, mac: str) -> "Guest":
        """A guest plugged into the port, with its address not asked for yet."""
        guest = Guest(self, port_id, mac)
        self._guests.append(guest)
        return guest


class Guest:
    """A namespace with one network card, `eth0`, that is a port."""

    def __init__(self, plane: Plane, port_id: str, mac: str, *, mtu: int = 1442) -> None:
        self.plane, self.port_id, self.mac = plane, port_id, mac
        self.namespace = f"{plane.tag}-g{port_id[:11]}"
        self.tap = f"tap{port_id[:11]}"
        self._listening: list[socket.socket] = []
        process.run(["ip", "netns", "add", self.namespace], timeout_s=10)
        process.run(
            f"ip link add {self.tap} mtu {mtu} type veth peer name eth0 address {mac} mtu {mtu}"
            f" netns {self.namespace}".split(),
            timeout_s=10,
            network_namespace=plane.tag,
        )
        up = ["ip", "link", "set", self.tap, "up"]
        process.run(up, timeout_s=10, network_namespace=plane.tag)
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "link", "set", "eth0", "up")
        owner = ["set", "Interface", self.tap, f"external_ids:iface-id={port_id}"]
        plane.vsctl("--no-wait", "add-port", "br-int", self.tap, "--", *owner)

    def run(self, *argv: str, check: bool = True, timeout_s: float = 20) -> str:
        return process.run(argv, timeout_s=timeout_s, check=check, network_namespace=self.namespace)

    def ask_for_address(self) -> str:
        """Get a lease; returns what `ip` says about eth0 afterwards."""
        script = self.plane.state_dir / "lease.sh"
        script.write_text(LEASE_SCRIPT)
        script.chmod(0o755)
        asking = "busybox udhcpc -i eth0 -n -q -f -t 10 -T 1 -O staticroutes -O mtu -s"
        self.run(*asking.split(), str(script), check=False)
        return self.run("ip", "-4", "addr", "show", "eth0")

    def serve(self, port: int) -> None:
        """Greet whoever connects with this port's id and the caller's address."""
        self._listening.append(serve(self.namespace, port, self.port_id))

    def call(self, address: str, port: int, *, timeout_s: float = 3, source_port: int = 0) -> str:
        """What the server there says; empty when nobody answers."""
        return call(self.namespace, address, port, timeout_s=timeout_s, source_port=source_port)

    def pings(self, address: str, *options: str) -> bool:
        command = ["ping", "-c2", "-i.2", "-W1", *options, address]
        return " 0% packet loss" in self.run(*command, check=False)

    def remove(self) -> None:
        for server in self._listening:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            server.close()
        self._listening.clear()
        if (plumbing.NAMESPACES / self.namespace).exists():
            with contextlib.suppress(process.CommandFailed):
                self.plane.vsctl("--no-wait", "--if-exists", "del-port", self.tap)
            process.run(["ip", "netns", "delete", self.namespace], timeout_s=10, check=False)


def serve(namespace: str, port: int, name: str) -> socket.socket:
    """Greet callers in the namespace with the name and their address, until it is shut down."""
    server = inside(namespace, lambda: socket.create_server(("0.0.0.0", port)))

    def greet() -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, address = server.accept()
                with caller:
                    caller.sendall(f"{name} saw {address[0]}".encode())

    threading.Thread(target=greet, daemon=True).start()
    return server


def call(
    namespace: str, address: str, port: int, *, timeout_s: float = 3, source_port: int = 0
) -> str:
    """What the server at the address says to a caller in the namespace; empty when it doesn't."""
    return inside(namespace, lambda: greeting(address, port, timeout_s, source_port))


def greeting(
    address: str, port: int, timeout_s: float = 3, source_port: int = 0, source: str = ""
) -> str:
    """What the server at the address says to a caller right here; empty when it doesn't."""
    with contextlib.suppress(OSError), socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        caller.settimeout(timeout_s)
        caller.bind((source, source_port))
        caller.connect((address, port))
        return caller.recv(200).decode()
    return ""


@contextlib.contextmanager
def running(gateway: str = "198.19.1.1/24") -> Iterator[Plane]:
    """A plane that is up, and gone afterwards."""
    plane = Plane(gateway)
    try:
        plane.start()
        yield plane
    finally:
        plane.stop()
