"""A guest's root disk: an ext4 file of the flavor's size, laid over the read-only image.

On disk every file keeps its natural owner (0 to 65535); the mounts shift the ids.  The raw disk is
therefore a place of real setuid files and stays below a directory that only root may enter.
"""

import contextlib
import dataclasses
import logging
import os
import pathlib
import shutil

from common import errors, process
from common.ext4 import MKFS
from compute.drivers import files
from compute.drivers.base import GuestFault
from compute.drivers.container import loops, slots, syscalls

LOG = logging.getLogger(__name__)
_CHECK_TIMEOUT_S = 3600
_FLAGS = syscalls.MS_NOSUID | syscalls.MS_NODEV | syscalls.MS_NOATIME
_OPTIONS = "lowerdir=image,upperdir=disk/upper,workdir=disk/work"


@dataclasses.dataclass(frozen=True)
class Layer:
    """One of a guest's disks and its places.

    file: in the guest's directory; mounted raw beside it at `disk`, for the guest below `top`.
    """

    file: str
    disk: str
    top: str


OWN = Layer("root.ext4", "disk", "")
RESCUE = Layer("rescue.ext4", "rescue-disk", "rescue")
LAYERS = (RESCUE, OWN)


class Disks:
    """guests: directory of the guests' directories.  runtime: where guests' roots are mounted."""

    def __init__(self, guests: pathlib.Path, runtime: pathlib.Path) -> None:
        self._guests = guests
        self._runtime = runtime

    def root(self, server_id: str, layer: Layer = OWN) -> pathlib.Path:
        """Return where the guest's root file system is mounted."""
        return self._runtime / server_id / layer.top / "root"

    def shown(self, server_id: str) -> pathlib.Path:
        """Return the directory of files that the guest's root may read and nobody change."""
        return self._runtime / server_id

    def upper(self, server_id: str, layer: Layer = OWN) -> pathlib.Path:
        """Return the directory of what differs from the image, natural ids."""
        return self._guests / server_id / layer.disk / "upper"

    def format(self, server_id: str, size: int, layer: Layer = OWN) -> None:
        """Make the guest's disk afresh; what an earlier try left is wiped.  size: bytes.

        Raises CommandFailed, OSError.
        """
        self.unmount(server_id)
        path = self._guests / server_id / layer.file
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.ftruncate(descriptor, size)
        finally:
            os.close(descriptor)
        process.run([*MKFS, str(path)], timeout_s=120)

    def grow(self, server_id: str, size: int, *, mark: str) -> None:
        """Make the disk of a guest that is off larger, and keep it as it was.  size: bytes.

        Raises CommandFailed, CommandTimeout, OSError.
        """
        self.unmount(server_id)
        disk, kept = self._guests / server_id / OWN.file, self._before(server_id, mark)
        if size <= disk.stat().st_size and not kept.exists():
            return
        files.keep(disk, kept)
        os.truncate(disk, size)
        process.run(["e2fsck", "-fp", str(disk)], timeout_s=_CHECK_TIMEOUT_S, check=False)
        process.run(["resize2fs", str(disk)], timeout_s=_CHECK_TIMEOUT_S)

    def shrink_back(self, server_id: str, *, mark: str) -> None:
        """Give the guest the disk that was kept; without one, the disk had not grown."""
        self.unmount(server_id)
        with contextlib.suppress(FileNotFoundError):
            self._before(server_id, mark).replace(self._guests / server_id / OWN.file)

    def forget_before(self, server_id: str) -> None:
        """Remove the disks that were kept."""
        for kept in (self._guests / server_id).glob("before-*"):
            kept.unlink(missing_ok=True)

    def _before(self, server_id: str, mark: str) -> pathlib.Path:
        return self._guests / server_id / f"before-{mark}.ext4"

    def mount_disk(self, server_id: str, layer: Layer = OWN) -> None:
        """Mount the raw disk for the host's own use.  Raises GuestFault."""
        target = self._guests / server_id / layer.disk
        if os.path.ismount(target):
            return
        target.mkdir(mode=0o700, exist_ok=True)
        try:
            device, descriptor = loops.attach(self._guests / server_id / layer.file)
            try:
                syscalls.mount(device, str(target), "ext4", _FLAGS)
            finally:
                os.close(descriptor)
            (target / "upper").mkdir(mode=0o755, exist_ok=True)
            (target / "work").mkdir(mode=0o755, exist_ok=True)
        except OSError as error:
            raise GuestFault(reason=f"The guest's disk was not mounted: {error}") from error

    def mount_volume(self, server_id: str, device: str) -> None:
        """Mount a volume as the guest's own disk, grown to its size.  Raises GuestFault."""
        target = self._guests / server_id / OWN.disk
        if os.path.ismount(target):
            return
        target.mkdir(mode=0o700, exist_ok=True)
        try:
            process.run(["e2fsck", "-p", device], timeout_s=_CHECK_TIMEOUT_S, check=False)
            if _has_room(device):
                process.run(["e2fsck", "-fp", device], timeout_s=_CHECK_TIMEOUT_S, check=False)
                process.run(["resize2fs", device], timeout_s=_CHECK_TIMEOUT_S)
            syscalls.mount(device, str(target), "ext4", _FLAGS)
        except (errors.CloudError, OSError) as error:
            raise GuestFault(reason=f"The guest's volume was not mounted: {error}") from error

    def grow_volume(self, device: str) -> None:
        """Let a mounted volume's file system be as large as the volume: at the latest when it is
        mounted next, since the kernel wants CAP_SYS_RESOURCE for doing it now."""
        try:
            process.run(["resize2fs", device], timeout_s=_CHECK_TIMEOUT_S)
        except errors.CloudError as error:
            LOG.warning("the file system on %s grows when its guest starts next: %s", device, error)

    def nothing(self, server_id: str) -> pathlib.Path:
        """Return what a disk with a whole system on it is laid over: an empty directory."""
        path = self._guests / server_id / "nothing"
        path.mkdir(mode=0o755, exist_ok=True)
        return path

    def mount_root(
        self, server_id: str, image: pathlib.Path, first_id: int, layer: Layer = OWN
    ) -> None:
        """Mount what the guest sees as `/`, its ids shifted to first_id.  Raises GuestFault."""
        self._unmount_root(server_id, layer)
        self.mount_disk(server_id, layer)
        top = self._runtime / server_id / layer.top
        try:
            for directory in (
                self._runtime,
                self._runtime / server_id,
                top,
                top / "image",
                top / "disk",
                top / "root",
            ):
                directory.mkdir(parents=True, exist_ok=True)
                directory.chmod(0o711)
            namespace = syscalls.user_namespace(first_id, slots.IDS)
            try:
                syscalls.idmapped_bind(image, top / "image", namespace)
                syscalls.idmapped_bind(
                    self._guests / server_id / layer.disk, top / "disk", namespace
                )
            finally:
                os.close(namespace)
            syscalls.overlay(top, first_id, _OPTIONS, "root")
        except OSError as error:
            self._unmount_root(server_id, layer)
            raise GuestFault(reason=f"The guest's root was not mounted: {error}") from error

    def mounted(self, server_id: str) -> bool:
        return os.path.ismount(self.root(server_id))

    def unmount(self, server_id: str) -> None:
        """Take down all of the guest's mounts, and with them its loop devices."""
        for layer in LAYERS:
            self._unmount_root(server_id, layer)
            syscalls.unmount(self._guests / server_id / layer.disk)

    def drop(self, server_id: str, layer: Layer) -> None:
        """Take down the mounts and remove one disk; a missing one is a success."""
        self.unmount(server_id)
        (self._guests / server_id / layer.file).unlink(missing_ok=True)

    def delete(self, server_id: str) -> None:
        """Take down the mounts and remove the disk; a missing one is a success."""
        self.unmount(server_id)
        shutil.rmtree(self._runtime / server_id, ignore_errors=True)
        for layer in LAYERS:
            (self._guests / server_id / layer.file).unlink(missing_ok=True)

    def mounted_guests(self) -> set[str]:
        """Return the server ids that have a place among the mounted roots."""
        with contextlib.suppress(FileNotFoundError):
            return {one.name for one in self._runtime.iterdir() if one.is_dir()}
        return set()

    def _unmount_root(self, server_id: str, layer: Layer) -> None:
        for name in ("root", "disk", "image"):
            syscalls.unmount(self._runtime / server_id / layer.top / name)


def _has_room(device: str) -> bool:
    """Tell whether a device is larger than the ext4 file system on it.

    Source: the kernel's documentation of ext4's super block, 1 KiB after the device's start.
    """
    with open(device, "rb") as file:
        file.seek(1024)
        block = file.read(1024)
        size = file.seek(0, os.SEEK_END)
    low, shift, high = (
        int.from_bytes(block[start : start + 4], "little") for start in (0x04, 0x18, 0x150)
    )
    return size > ((high << 32) + low) << (10 + shift)
