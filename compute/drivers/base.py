"""What every driver promises: states, not steps.

All methods may be called again after a crash at any point: an order is carried out twice without
harm.  Names on the host are computed from the server's id.  Drivers know no database and no bus.
"""

import abc
import dataclasses
import enum
import pathlib
from collections.abc import Callable, Mapping
from typing import ClassVar

from common import errors, rbd
from common.nbd import Remote
from compute.drivers.figures import Figures, Traffic


class GuestState(enum.Enum):
    """What a guest is doing, as its host sees it."""

    RUNNING = "running"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    OFF = "off"
    CRASHED = "crashed"


class GuestMissing(errors.NotFound):
    message = "This host holds no guest of server {server_id}."


class GuestFault(errors.CloudError):
    """The host could not do what was asked; the reason is for the user to read."""

    message = "{reason}"


class ImageRejected(errors.BadRequest):
    message = "Image {image_id} cannot be used: {reason}"


@dataclasses.dataclass(frozen=True)
class FixedAddress:
    """One address of a port.  prefix_length: of its subnet.  routes: (destination, next hop)."""

    address: str
    prefix_length: int
    gateway: str | None = None
    dns_servers: tuple[str, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Nic:
    """One network port of a guest; port_id is what OVN binds (`iface-id`).  mtu: bytes."""

    port_id: str
    mac: str
    mtu: int
    network_id: str
    addresses: tuple[FixedAddress, ...] = ()


@dataclasses.dataclass(frozen=True)
class Image:
    """The image a guest boots from.

    path: the bytes, already on this host and verified, never opened by a tool before inspection.
    disk_format: as the image service says: `qcow2`, `raw`...
    checksum: the hash that identifies the bytes (`os_hash_value`); with image_id the cache key.
    """

    image_id: str
    checksum: str
    disk_format: str
    path: pathlib.Path
    size: int = 0
    properties: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Disk:
    """A volume of a guest.

    path: leads to the bytes, perhaps by way of a symbolic link, in the format given: `qcow2` or
    `raw`.  boot_index: 0 for the one it boots from.  device: `/dev/vdb`; a guest with a kernel of
    its own may call it otherwise.  bus: `virtio`, `scsi`, or None for the guest's own.
    key: the file of the passphrase that a qcow2 one and all below it are encrypted with.
    size: in bytes; 0: as its file says.
    remote: where another host serves it, or its image in Ceph, which has the bytes then; path says
    nothing.
    root_fs: whether it holds a container's root file system, which a host mounts: no guest may ever
    write to it as a device.
    """

    volume_id: str
    path: pathlib.Path
    format: str
    device: str
    boot_index: int | None = None
    bus: str | None = None
    device_type: str = "disk"
    tag: str | None = None
    read_only: bool = False
    shared: bool = False
    key: pathlib.Path | None = None
    size: int = 0
    remote: Remote | rbd.Image | None = None
    root_fs: bool = False


def refuse_root_fs(*disks: Disk) -> None:
    """Raise GuestFault where one of the disks must not be given to a guest as a device."""
    for disk in disks:
        if disk.root_fs:
            raise GuestFault(
                reason=f"Volume {disk.volume_id} holds a container's root file system; a container "
                "can boot from it, and nobody have it as a device."
            )


@dataclasses.dataclass(frozen=True)
class GuestSpec:
    """All that a driver needs to make one guest.

    seed: config drive files, path (`openstack/latest/meta_data.json`) to bytes.  A container gets
    hostname, keys and user-data from it even when config_drive is False.
    disks: its volumes; with one to boot from, image has no id and no bytes.
    ephemeral_gib, swap_mib: further disks, made afresh with the guest; 0: none.
    """

    server_id: str
    name: str
    hostname: str
    project_id: str
    user_id: str
    vcpus: int
    memory_mib: int
    disk_gib: int
    image: Image
    nics: tuple[Nic, ...] = ()
    disks: tuple[Disk, ...] = ()
    ephemeral_gib: int = 0
    swap_mib: int = 0
    config_drive: bool = False
    seed: Mapping[str, bytes] = dataclasses.field(default_factory=dict, repr=False)


@dataclasses.dataclass(frozen=True)
class Size:
    """How large a guest is.  disk_gib: 0 leaves the disk as large as its image."""

    vcpus: int
    memory_mib: int
    disk_gib: int


Watcher = Callable[[str, GuestState], None]


class Driver(abc.ABC):
    """One kind of guest on one host."""

    kind: ClassVar[str]
    """`kvm`, `container` or `fake`: the value `img_hv_type` and the traits select by."""

    @abc.abstractmethod
    def probe(self) -> None:
        """Return when this host can run such guests.

        Raises GuestFault that names what is missing.
        """

    @abc.abstractmethod
    def traits(self) -> frozenset[str]:
        """Return the traits this driver adds to the host's resource provider."""

    @abc.abstractmethod
    def hypervisor(self) -> dict[str, object]:
        """Return `type` (QEMU, LXC...), `version` (int), `virt_type` (kvm, qemu, container)."""

    @abc.abstractmethod
    def create(self, spec: GuestSpec) -> None:
        """Make the guest's disk and definition, plug its ports; leave it off.

        What exists already from an earlier try is completed.  Undoes itself when it fails.
        Raises ImageRejected, GuestFault.
        """

    @abc.abstractmethod
    def start(self, server_id: str) -> None:
        """Run the guest; one that runs already is a success.  Raises GuestMissing, GuestFault."""

    @abc.abstractmethod
    def stop(self, server_id: str, *, grace_s: int) -> None:
        """Ask the guest to shut down, and cut its power when it does not.

        grace_s: seconds to wait before the power is cut; 0 cuts it at once.
        Returns once the guest is off.  A guest that is off already is a success.
        Raises GuestMissing when the host holds no such guest.
        """

    @abc.abstractmethod
    def reboot(self, server_id: str, *, hard: bool, grace_s: int) -> None:
        """Stop (hard: at once) and run again.  Raises GuestMissing, GuestFault."""

    @abc.abstractmethod
    def pause(self, server_id: str) -> None:
        """Freeze a running guest in memory; a paused one is a success.  Raises GuestMissing."""

    @abc.abstractmethod
    def unpause(self, server_id: str) -> None:
        """Thaw a paused guest; a running one is a success.  Raises GuestMissing."""

    @abc.abstractmethod
    def suspend(self, server_id: str) -> None:
        """Stop the guest's execution, keeping its memory (KVM: on disk; container: frozen)."""

    @abc.abstractmethod
    def resume(self, server_id: str) -> None:
        """Go on after suspend; a running guest is a success.  Raises GuestMissing, GuestFault."""

    @abc.abstractmethod
    def delete(self, server_id: str) -> None:
        """Remove the guest and all it left on the host; a missing one is a success."""

    @abc.abstractmethod
    def resize(self, server_id: str, size: Size, *, mark: str) -> None:
        """Give a guest that is off another size.

        A disk only grows, and one that does is kept as it was, under the mark, until the resize is
        taken back or made final.  Raises GuestMissing, GuestFault.
        """

    @abc.abstractmethod
    def revert_size(self, server_id: str, size: Size, *, mark: str) -> None:
        """Give a guest that is off its size from before, and its disk if that had grown."""

    @abc.abstractmethod
    def confirm_size(self, server_id: str) -> None:
        """Let go of what reverting would need; nothing to let go of is a success."""

    @abc.abstractmethod
    def rescue(self, spec: GuestSpec) -> None:
        """Let a guest that is off boot from spec's image from now on, its own disk beside that.

        spec: the guest's own, but for the image and the seed.  Undoes itself when it fails.
        Raises GuestMissing, ImageRejected, GuestFault.
        """

    @abc.abstractmethod
    def unrescue(self, server_id: str) -> None:
        """Let a guest that is off boot from its own disk again; one that does is a success."""

    @abc.abstractmethod
    def set_password(self, server_id: str, password: str) -> None:
        """Set the password of a running guest's administrator.  Raises GuestMissing, GuestFault."""

    @abc.abstractmethod
    def snapshot(self, server_id: str, target: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        """Write an image of the guest's disk to target, from which another guest can be made.

        A running guest runs on afterwards; KVM guests go on meanwhile, containers are frozen.
        go_on: asked now and then; what it raises ends the work.  Raises GuestMissing, GuestFault.
        """

    @abc.abstractmethod
    def state(self, server_id: str) -> GuestState:
        """Return what the guest is doing.  Raises GuestMissing."""

    @abc.abstractmethod
    def guests(self) -> dict[str, GuestState]:
        """Return every guest of this driver on the host, by server id."""

    @abc.abstractmethod
    def images(self) -> set[str]:
        """Return the ids of the images that guests on this host were made from, or boot from."""

    @abc.abstractmethod
    def forget_image(self, image_id: str) -> None:
        """Remove what is kept of an image that no guest uses; nothing kept is a success."""

    @abc.abstractmethod
    def console_log(self, server_id: str, *, lines: int | None = None) -> str:
        """Return the console's output, at most its last `lines` lines.  Raises GuestMissing."""

    @abc.abstractmethod
    def figures(self, server_id: str) -> Figures:
        """Return what a guest that runs used.  Raises GuestMissing, GuestFault."""

    @abc.abstractmethod
    def watch(self, watcher: Watcher) -> None:
        """Call watcher(server_id, state) from a thread whenever a guest changes by itself."""

    @abc.abstractmethod
    def recover(self) -> None:
        """Re-adopt what runs and finish or undo what an earlier process left half-way.

        Called once when the worker starts, before any order.
        """


class HotPlug(abc.ABC):
    """A driver whose running guests take and give back ports."""

    @abc.abstractmethod
    def attach_nic(self, server_id: str, nic: Nic) -> None:
        """Give the guest one more port; one it has already is a success."""

    @abc.abstractmethod
    def detach_nic(self, server_id: str, port_id: str) -> None:
        """Take the port away; a missing one is a success."""


class Volumes(abc.ABC):
    """A driver whose guests take and give back volumes, while they run and while they are off.

    What a volume was detached from cannot reach it any more, by no process, device or descriptor.
    """

    @abc.abstractmethod
    def attach_volume(self, server_id: str, disk: Disk) -> None:
        """Give the guest a volume; one it has already is a success.

        Raises GuestMissing, GuestFault.
        """

    @abc.abstractmethod
    def detach_volume(self, server_id: str, volume_id: str) -> None:
        """Take a volume away; a missing one is a success.  Raises GuestMissing, GuestFault."""

    @abc.abstractmethod
    def extend_volume(self, server_id: str, volume_id: str, size: int) -> None:
        """Make a volume larger and let the guest see that.  size: bytes.

        Raises GuestMissing, GuestFault.
        """

    @abc.abstractmethod
    def snapshot_volume(self, server_id: str, volume_id: str, new_file: pathlib.Path) -> None:
        """Let the guest go on in a new file, which lies over the one it has.

        new_file: a qcow2 file that is ready.  Raises GuestMissing, GuestFault.
        """

    @abc.abstractmethod
    def swap_volume(
        self, server_id: str, old_volume_id: str, disk: Disk, *, go_on: Callable[[], None]
    ) -> None:
        """Copy a volume of a guest that is on to another one, and let the guest go on in that.

        disk: the other one, no smaller, under the old one's device; its own content is lost.
        go_on: asked now and then; what it raises ends the work.  When it fails, the guest has the
        old one still.  One that has been swapped already is a success.
        Raises GuestMissing, GuestFault.
        """

    def mend_volumes(self) -> None:
        """Bring back what running guests' volumes need and have lost; by default, nothing."""
        return


class Interruptible(abc.ABC):
    """A driver whose guests have processors that can be interrupted."""

    @abc.abstractmethod
    def interrupt(self, server_id: str) -> None:
        """Send the guest an interrupt that cannot be masked.  Raises GuestMissing, GuestFault."""


@dataclasses.dataclass(frozen=True)
class Stream:
    """An open console: a descriptor that is read and written, and what ends it."""

    descriptor: int
    close: Callable[[], None]


class Consoles(abc.ABC):
    """The consoles of one kind of guest, opened on its host by any process of the cloud."""

    @abc.abstractmethod
    def holds(self, server_id: str) -> bool:
        """Tell whether a guest of this kind belongs to the server."""

    @abc.abstractmethod
    def open(self, server_id: str, protocol: str) -> Stream:
        """Open a console.  protocol: `vnc` or `serial`.  Raises GuestFault."""


class Ports(abc.ABC):
    """The host's end of guests' ports: what plugs them into the network's switch."""

    @abc.abstractmethod
    def plug_veth(self, nic: Nic) -> str:
        """Make or complete a veth pair, its host end in the switch; return the guest end's name."""

    @abc.abstractmethod
    def plug_tap(self, nic: Nic) -> str:
        """Make or complete a persistent tap in the switch and return its name."""

    @abc.abstractmethod
    def traffic(self, port_ids: set[str]) -> dict[str, Traffic]:
        """Return what went through some ports; those that are not plugged here are left out."""

    @abc.abstractmethod
    def unplug(self, port_id: str) -> None:
        """Take the device out of the switch and remove it; a missing one is a success."""

    @abc.abstractmethod
    def wait_wired(self, port_id: str, *, timeout_s: float) -> None:
        """Return once traffic flows by this port's rules.  Raises GuestFault after timeout_s."""

    @abc.abstractmethod
    def plugged(self) -> set[str]:
        """Return the ids of all guest ports that are plugged on this host."""
