"""What each driver brings so that the one suite of tests can run against it.

A rig is a driver with the host around it.  To add a driver, write a context manager that yields a
Rig (and skips, with the reason, where the host lacks something) and name it in RIGS.
"""

import abc
import contextlib
import dataclasses
import json
import pathlib
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
from typing import ClassVar

import libvirt

from common import process, qcow2
from compute.drivers import base
from compute.drivers.fake import FakeDriver
from tests.functional.compute.drivers import containers, machines


class Rig(abc.ABC):
    """A driver on a host that the test may look at."""

    driver: base.Driver
    image_format: str
    """The disk format of images made of this driver's guests."""

    @abc.abstractmethod
    def spec(self, **changes: object) -> base.GuestSpec:
        """A new small server with one port, from an image that boots."""

    @abc.abstractmethod
    def nic(self) -> base.Nic:
        """One more port that a guest may get."""

    copies: ClassVar[bool] = True
    """Whether a volume that is swapped in has the other's content."""

    @abc.abstractmethod
    def plugged(self) -> set[str]:
        """The ids of all ports plugged on the host."""

    @abc.abstractmethod
    def restarted(self) -> base.Driver:
        """The same host's driver as a new process would make it, not yet recovered."""

    @abc.abstractmethod
    def answers(self, spec: base.GuestSpec) -> bool:
        """Whether ssh greets at the guest's address."""

    @abc.abstractmethod
    def power_off(self, server_id: str) -> None:
        """Make the guest shut itself down."""

    @abc.abstractmethod
    def restart(self, server_id: str) -> None:
        """Make the guest reboot itself."""

    @abc.abstractmethod
    def boots(self, server_id: str) -> object:
        """Something that differs after each boot of the guest."""

    @abc.abstractmethod
    def size(self, spec: base.GuestSpec) -> base.Size:
        """How large the guest is on the host."""

    @abc.abstractmethod
    def has_own_disk_beside(self, spec: base.GuestSpec) -> bool:
        """Whether the running guest finds its own disk beside the one it booted from."""

    @abc.abstractmethod
    def leftovers(self, spec: base.GuestSpec) -> list[str]:
        """What of the guest is still on the host, in words."""

    @abc.abstractmethod
    def disks(self, spec: base.GuestSpec) -> dict[str, int]:
        """The disks that the guest itself sees: MiB by name."""

    @abc.abstractmethod
    def write(self, spec: base.GuestSpec, device: str, word: str) -> None:
        """Let the guest write a word at the beginning of a disk, and wait until it is there."""


class FakeRig(Rig):
    image_format = "qcow2"
    copies = False

    def __init__(self, image: pathlib.Path) -> None:
        self._image = image
        self.driver: FakeDriver = FakeDriver()

    def spec(self, **changes: object) -> base.GuestSpec:
        return make_spec(self._image, self.nic(), **changes)

    def nic(self) -> base.Nic:
        return base.Nic(str(uuid.uuid4()), "02:00:00:00:00:01", 1442, str(uuid.uuid4()))

    def plugged(self) -> set[str]:
        return self.driver.ports.plugged()

    def restarted(self) -> base.Driver:
        return self.driver

    def answers(self, spec: base.GuestSpec) -> bool:
        return self.driver.state(spec.server_id) is base.GuestState.RUNNING

    def power_off(self, server_id: str) -> None:
        self.driver.power_off(server_id)

    def restart(self, server_id: str) -> None:
        self.driver.restart(server_id)

    def boots(self, server_id: str) -> object:
        return self.driver.boots(server_id)

    def size(self, spec: base.GuestSpec) -> base.Size:
        now = self.driver.spec(spec.server_id)
        return base.Size(now.vcpus, now.memory_mib, now.disk_gib)

    def has_own_disk_beside(self, spec: base.GuestSpec) -> bool:
        return self.driver.guest(spec.server_id).rescued is not None

    def leftovers(self, spec: base.GuestSpec) -> list[str]:
        return [*self.driver.guests(), *self.driver.ports.plugged()]

    def disks(self, spec: base.GuestSpec) -> dict[str, int]:
        held = self.driver.disks(spec.server_id).values()
        sizes = self.driver.guest(spec.server_id).sizes
        return {"vda": 1024} | {
            disk.device.removeprefix("/dev/"): sizes.get(disk.volume_id, 1 << 30) >> 20
            for disk in held
        }

    def write(self, spec: base.GuestSpec, device: str, word: str) -> None:
        for disk in self.driver.disks(spec.server_id).values():
            if disk.device == device:
                io = ["qemu-io", "-c", f"write -P {ord(word[0])} 0 512"]
                opening = qcow2.opening(disk.path, disk.format, disk.key)
                process.run([*io, *opening], timeout_s=30)


class ContainerRig(containers.Host, Rig):
    image_format = "raw"

    def spec(self, **changes: object) -> base.GuestSpec:
        return make_spec(self.image, self.nic(), **changes)

    def nic(self) -> base.Nic:
        return self.ports.nic()

    def plugged(self) -> set[str]:
        return self.ports.plugged()

    def has_own_disk_beside(self, spec: base.GuestSpec) -> bool:
        init = self.cgroups.init(spec.server_id)
        return pathlib.Path(f"/proc/{init}/root/mnt/rescued/etc/hostname").exists()

    def disks(self, spec: base.GuestSpec) -> dict[str, int]:
        return _partitions(self.run(spec.server_id, "/bin/cat", "/proc/partitions"))

    def write(self, spec: base.GuestSpec, device: str, word: str) -> None:
        self.run(spec.server_id, "/bin/sh", "-c", f"echo {word} | dd of={device} conv=fsync")

    def size(self, spec: base.GuestSpec) -> base.Size:
        home = self.state_dir / "compute/containers" / spec.server_id
        facts = json.loads((home / "guest.json").read_text())
        config = (home / "config").read_text()
        limit = re.search(r"memory\.(?:max|limit_in_bytes) = (\d+)", config)
        assert limit is not None
        memory_mib = int(limit.group(1)) >> 20
        disk_gib = (home / "root.ext4").stat().st_size >> 30
        assert disk_gib == facts["disk_gib"]
        return base.Size(facts["vcpus"], memory_mib, disk_gib)


class KvmRig(machines.Host, Rig):
    image_format = "qcow2"

    def spec(self, **changes: object) -> base.GuestSpec:
        made = make_spec(self.image)
        return dataclasses.replace(made, **{**self.facts(), **changes})  # type: ignore[arg-type]

    def nic(self) -> base.Nic:
        tail = uuid.uuid4().hex
        mac = f"fa:16:3e:{tail[:2]}:{tail[2:4]}:{tail[4:6]}"
        return base.Nic(str(uuid.uuid4()), mac, 1442, str(uuid.uuid4()))

    def plugged(self) -> set[str]:
        return self.machine.ports.plugged()

    def has_own_disk_beside(self, spec: base.GuestSpec) -> bool:
        domain = libvirt.open(self.machine.uri).lookupByUUIDString(spec.server_id)
        files = re.findall(r"<disk type='file'.*?<source file='(.*?)'", domain.XMLDesc(0), re.S)
        return [pathlib.Path(file).name for file in files[:2]] == ["rescue.qcow2", "disk.qcow2"]

    def disks(self, spec: base.GuestSpec) -> dict[str, int]:
        found = _partitions(self._ssh(spec.server_id, "cat /proc/partitions"))
        return {_ours(name): size for name, size in found.items() if size}

    def write(self, spec: base.GuestSpec, device: str, word: str) -> None:
        theirs = chr(ord(device[-1]) + 1)
        self._ssh(spec.server_id, f"echo {word} | sudo dd of=/dev/vd{theirs} conv=fsync")

    def size(self, spec: base.GuestSpec) -> base.Size:
        domain = libvirt.open(self.machine.uri).lookupByUUIDString(spec.server_id)
        disk = self.machine.state_dir / "compute/kvm/guests" / spec.server_id / "disk.qcow2"
        told = ["qemu-img", "info", "-U", "--output=json", str(disk)]
        facts = json.loads(process.run(told, timeout_s=30))
        _, memory_kib, _, vcpus, _ = domain.info()
        return base.Size(vcpus, memory_kib >> 10, facts["virtual-size"] >> 30)


def _ours(name: str) -> str:
    """What we call a disk of a guest that calls its config drive `vdb`."""
    return name if name == "vda" else f"vd{chr(ord(name[-1]) - 1)}"


def _partitions(text: str) -> dict[str, int]:
    """The whole disks of a /proc/partitions: MiB by name."""
    return {name: int(kib) >> 10 for kib, name in re.findall(r"(\d+) (vd[a-y])\n", text)}


def make_spec(image: pathlib.Path, *nics: base.Nic, **changes: object) -> base.GuestSpec:
    """A server of the smallest kind."""
    facts: dict[str, object] = {
        "server_id": str(uuid.uuid4()),
        "name": "one",
        "hostname": "one.example.org",
        "project_id": uuid.uuid4().hex,
        "user_id": uuid.uuid4().hex,
        "vcpus": 1,
        "memory_mib": 128,
        "disk_gib": 1,
        "image": base.Image(str(uuid.uuid5(uuid.NAMESPACE_URL, "image")), "1", "raw", image),
        "nics": nics,
    }
    return base.GuestSpec(**{**facts, **changes})  # type: ignore[arg-type]


@contextlib.contextmanager
def fake() -> Iterator[Rig]:
    with tempfile.NamedTemporaryFile() as image:
        yield FakeRig(pathlib.Path(image.name))


@contextlib.contextmanager
def container() -> Iterator[Rig]:
    with containers.host(ContainerRig) as rig:
        yield rig


@contextlib.contextmanager
def kvm() -> Iterator[Rig]:
    with machines.host(KvmRig) as rig:
        yield rig


RIGS: dict[str, Callable[[], contextlib.AbstractContextManager[Rig]]] = {
    "fake": fake,
    "container": container,
    "kvm": kvm,
}
