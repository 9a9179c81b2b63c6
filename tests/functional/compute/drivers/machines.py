"""A host for KVM guests: one libvirtd for all tests of a run, and ssh to the guests."""

import atexit
import contextlib
import functools
import json
import os
import pathlib
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from typing import TypeVar

import pytest

from common import errors, process
from compute.drivers import base
from devstack import libvirt
from tests.support import hypervisor
from tests.support.waiting import wait_for

IMAGES = pathlib.Path("/var/cache/cumulet/images")
TOOLS = ("libvirtd", "qemu-system-x86_64", "genisoimage", "dnsmasq")
BUILD = pathlib.Path(__file__).resolve().parents[4] / "devstack/images/build_kvm.sh"
GREETING = "exec 3<>/dev/tcp/{address}/22 && head -c 4 <&3"


class Host:
    """A driver, and what its guests do as seen from their network.  Half of a Rig."""

    def __init__(self, machine: hypervisor.Hypervisor, image: pathlib.Path, key: pathlib.Path):
        self.machine = machine
        self.image = image
        self.key = key
        self.driver = self.restarted()
        self._macs: dict[str, str] = {}

    def restarted(self) -> base.Driver:
        from compute.drivers.kvm.driver import KvmDriver

        machine = self.machine
        return KvmDriver(state_dir=machine.state_dir, ports=machine.ports, uri=machine.uri)

    def facts(self) -> dict[str, object]:
        """What a spec of this host has: a port, a config drive with our key."""
        server_id = str(uuid.uuid4())
        tail = uuid.uuid4().hex
        mac = f"fa:16:3e:{tail[:2]}:{tail[2:4]}:{tail[4:6]}"
        self._macs[server_id] = mac
        public = self.key.with_suffix(".pub").read_text()
        metadata = {"uuid": server_id, "hostname": "one", "public_keys": {"key": public}}
        return {
            "server_id": server_id,
            "nics": (base.Nic(str(uuid.uuid4()), mac, 1442, str(uuid.uuid4())),),
            "image": base.Image("tiny", "1", "qcow2", self.image),
            "config_drive": True,
            "seed": {"openstack/latest/meta_data.json": json.dumps(metadata).encode()},
        }

    def answers(self, spec: base.GuestSpec) -> bool:
        address = self._address(spec.server_id)
        greet = ["bash", "-c", GREETING.format(address=address)]
        try:
            told = process.run(greet, timeout_s=3, network_namespace=self.machine.tag)
        except errors.CloudError:
            return False
        return told == "SSH-"

    def power_off(self, server_id: str) -> None:
        self._ssh(server_id, "sudo poweroff")

    def restart(self, server_id: str) -> None:
        self._ssh(server_id, "sudo reboot")

    def boots(self, server_id: str) -> object:
        """The QEMU process, and how often the guest in it has told of a boot."""
        pids = [pid for pid in libvirt.qemus(self.machine.state_dir, self.machine.tag)
                if server_id in pathlib.Path(f"/proc/{pid}/cmdline").read_text()]  # fmt: skip
        if not pids:
            return None
        # A guest answers ssh a moment before it tells of its boot.
        return (*pids, wait_for(lambda: self._told(server_id), timeout_s=60))

    def _told(self, server_id: str) -> int:
        return self.driver.console_log(server_id).count("tiny: source=")

    def leftovers(self, spec: base.GuestSpec) -> list[str]:
        state_dir = self.machine.state_dir
        found = [*self.driver.guests(), *self.machine.ports.plugged()]
        found += [str(pid) for pid in libvirt.qemus(state_dir, self.machine.tag)]
        guests = state_dir / "compute/kvm/guests"
        found += [str(path) for path in guests.glob("*")]
        return found + [str(path) for path in (state_dir / "libvirt/log/qemu").glob("*")]

    def _address(self, server_id: str) -> str:
        with contextlib.suppress(FileNotFoundError):
            for line in (self.machine.state_dir / "leases").read_text().splitlines():
                if self._macs[server_id] in line:
                    return line.split()[2]
        return "0.0.0.0"

    def _ssh(self, server_id: str, command: str) -> str:
        options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        guest = f"cloud@{self._address(server_id)}"
        argv = ["ssh", *options, "-o", "ConnectTimeout=20", "-i", str(self.key), guest, command]
        return process.run(argv, timeout_s=60, network_namespace=self.machine.tag, check=False)


H = TypeVar("H", bound=Host)


@contextlib.contextmanager
def host(kind: type[H]) -> Iterator[H]:
    """Give a host without guests, and leave none on it."""
    if os.geteuid() != 0:
        pytest.skip("KVM guests need root")
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    pytest.importorskip("libvirt")
    made = kind(_machine(), _image(), _key())
    try:
        yield made
    finally:
        for server_id in made.driver.guests():
            made.driver.delete(server_id)


@functools.cache
def _machine() -> hypervisor.Hypervisor:
    """One for all tests of this process; its keeper ends it with the process."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(hypervisor.running())


@functools.cache
def _image() -> pathlib.Path:
    told = process.run([str(BUILD), str(IMAGES)], timeout_s=300)
    return pathlib.Path(told.strip().splitlines()[-1])


@functools.cache
def _key() -> pathlib.Path:
    path = _machine().state_dir / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path
