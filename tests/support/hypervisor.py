"""A real libvirtd for tests: a cloud's own, with a network namespace, a bridge and DHCP.

`python -m tests.support.hypervisor PID DIRECTORY TAG` keeps the daemons until process PID ends or
until it is told to, and then removes everything: guests, namespace, directory.
"""

import contextlib
import ctypes
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator

from common import process
from compute.drivers.base import Nic, Ports
from compute.drivers.figures import Traffic
from devstack import libvirt
from tests.support.waiting import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
GATEWAY = "10.99.0.1"
POOL = "10.99.0.10,10.99.3.250"
PREFIX = 22
SUBREAPER = 36


class Hypervisor:
    """Where the daemons are.  keeper: the process that has started them and ends them."""

    def __init__(
        self, state_dir: pathlib.Path, tag: str, keeper: "subprocess.Popen[bytes]"
    ) -> None:
        self.state_dir = state_dir
        self.tag = tag
        self.uri = libvirt.uri(state_dir)
        self.ports = BridgePorts(tag)
        self._keeper = keeper

    def kill_libvirtd(self) -> None:
        """Kill libvirtd; its keeper starts it again."""
        pid = int((self.state_dir / "libvirt/run/libvirtd.pid").read_text())
        os.kill(pid, signal.SIGKILL)


class BridgePorts(Ports):
    """Taps on a plain bridge in the namespace."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self._plugged: set[str] = set()

    def plug_veth(self, nic: Nic) -> str:
        raise NotImplementedError("only taps here")

    def plug_tap(self, nic: Nic) -> str:
        name = f"tap{nic.port_id[:11]}"
        if nic.port_id not in self._plugged:
            self._ip("tuntap", "add", "dev", name, "mode", "tap")
            self._ip("link", "set", name, "mtu", str(nic.mtu), "master", "br0", "up")
            self._plugged.add(nic.port_id)
        return name

    def unplug(self, port_id: str) -> None:
        if port_id in self._plugged:
            self._ip("link", "del", f"tap{port_id[:11]}")
            self._plugged.discard(port_id)

    def wait_wired(self, port_id: str, *, timeout_s: float) -> None:
        """A bridge forwards at once."""

    def plugged(self) -> set[str]:
        return set(self._plugged)

    def traffic(self, port_ids: set[str]) -> dict[str, Traffic]:
        """A bridge is not asked."""
        return {}

    def _ip(self, *arguments: str) -> None:
        process.run(["ip", *arguments], timeout_s=10, network_namespace=self._tag)


@contextlib.contextmanager
def running() -> Iterator[Hypervisor]:
    """Give a ready hypervisor, and leave nothing of it."""
    state_dir = pathlib.Path(tempfile.mkdtemp(prefix="cumulet-tests-kvm-"))
    tag = f"cut{uuid.uuid4().hex[:8]}"
    keeper = subprocess.Popen(
        [sys.executable, "-m", __name__, str(os.getpid()), str(state_dir), tag],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(lambda: libvirt.ready(state_dir), timeout_s=60)
        yield Hypervisor(state_dir, tag, keeper)
    finally:
        keeper.terminate()
        keeper.wait(60)


def keep(pid: int, state_dir: pathlib.Path, tag: str) -> None:
    """Run the daemons, starting again the one that ends, until process pid does."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    stop, stop_write = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(stop_write, b"x"))
    watched = [os.pidfd_open(pid), stop]
    children: dict[int, tuple[str, list[str]]] = {}
    try:
        _network(tag)
        libvirt.prepare(state_dir, tag)
        for name, command in [*libvirt.commands(state_dir, tag), _dhcp(state_dir, tag)]:
            children[_start(state_dir, name, command)] = (name, command)
        while not select.select(watched, [], [], 0.05)[0]:
            for ended in _reap():
                if ended in children:
                    name, command = children.pop(ended)
                    children[_start(state_dir, name, command)] = (name, command)
    finally:
        _clean(list(children), state_dir, tag)


def _network(tag: str) -> None:
    process.run(["ip", "netns", "add", tag], timeout_s=10)
    for line in (
        "link set lo up",
        "link add br0 type bridge",
        f"addr add {GATEWAY}/{PREFIX} dev br0",
        "link set br0 up",
    ):
        process.run(["ip", *line.split()], timeout_s=10, network_namespace=tag)


def _dhcp(state_dir: pathlib.Path, tag: str) -> tuple[str, list[str]]:
    enter = ["nsenter", f"--net=/run/netns/{tag}", "--", "dnsmasq", "--keep-in-foreground"]
    options = ["--conf-file=/dev/null", "--port=0", "--interface=br0", "--bind-interfaces"]
    options += [f"--dhcp-range={POOL},255.255.252.0,1h", "--no-ping", "--dhcp-authoritative"]
    options += [f"--dhcp-leasefile={state_dir}/leases", f"--pid-file={state_dir}/dnsmasq.pid"]
    return "dnsmasq", [*enter, *options, "--user=root"]


def _start(state_dir: pathlib.Path, name: str, command: list[str]) -> int:
    with (state_dir / f"{name}.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True).pid


def _reap() -> list[int]:
    """Return the pids of ended children, our own and adopted ones."""
    ended = []
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            ended.append(pid)
    return ended


def _clean(children: list[int], state_dir: pathlib.Path, tag: str) -> None:
    libvirt.destroy_all(state_dir, tag)
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while children and time.monotonic() < deadline:
        children = [pid for pid in children if pid not in _reap() and _exists(pid)]
        time.sleep(0.02)
    process.run(["ip", "netns", "del", tag], timeout_s=10, check=False)
    shutil.rmtree(state_dir, ignore_errors=True)


def _exists(pid: int) -> bool:
    return pathlib.Path(f"/proc/{pid}").exists()


if __name__ == "__main__":
    keep(int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3])
