"""Volumes of containers: block devices of the host, each shown to one guest by a node of its own.

The host never mounts them: what a tenant wrote is read by nobody but the tenant.  A guest's
devices are made when it starts, or when it runs and is given one, and are gone when it is off.
"""

import contextlib
import os
import pathlib
import shutil
import stat
from collections.abc import Callable

from common import errors, process, qcow2
from common.nbd import Remote
from compute.drivers.base import Disk, GuestFault
from compute.drivers.container import loops, syscalls
from compute.drivers.container.serving import Server

_MODE = stat.S_IFBLK | 0o660


class Volumes:
    """directory: of all the cloud's guests' devices on this host.

    certificates: of this host, by which it reaches volumes of others.
    """

    def __init__(self, directory: pathlib.Path, certificates: pathlib.Path) -> None:
        self._directory = directory
        self._certificates = certificates

    def hold(self, server_id: str, disk: Disk, first_id: int) -> pathlib.Path:
        """Make a volume's block device, and return its node, which the guest's root owns.

        One that is there already stays.  Raises GuestFault.
        """
        home = self._home(server_id, disk)
        try:
            device = self._hold(home, disk)
            node = home / "node"
            node.unlink(missing_ok=True)
            os.mknod(node, _MODE, os.stat(device).st_rdev)
            os.chmod(node, 0o660)
            os.chown(node, first_id, first_id)
        except OSError as error:
            self.release(server_id, disk)
            raise GuestFault(reason=f"The volume got no device: {error}") from error
        return node

    def hold_unseen(self, server_id: str, disk: Disk) -> str:
        """Make a volume's block device for the host alone, and return its path.

        Raises GuestFault.
        """
        try:
            return self._hold(self._home(server_id, disk), disk)
        except OSError as error:
            self.release(server_id, disk)
            raise GuestFault(reason=f"The volume got no device: {error}") from error

    def _hold(self, home: pathlib.Path, disk: Disk) -> str:
        self._prepare(home)
        server, backing = Server(home), disk.path.resolve()
        if _is_shown(disk):
            if not server.alive:
                self._let_go(home)  # as long as it is known on what that is
            server.start(disk, self._certificates)
            backing = server.disk
        (home / "backing").write_text(str(backing))
        device = loops.hold(backing, read_only=disk.read_only)
        if _is_shown(disk):
            loops.forbid_holes(device)
        return device

    def node(self, server_id: str, disk: Disk) -> pathlib.Path:
        """Return where the node of a volume's device is on the host."""
        return self._home(server_id, disk) / "node"

    def number(self, server_id: str, disk: Disk) -> str:
        """Return the numbers of a volume's device as control groups write them: `7:3`."""
        found = os.stat(self.node(server_id, disk)).st_rdev
        return f"{os.major(found)}:{os.minor(found)}"

    def size_kib(self, server_id: str, disk: Disk) -> int:
        """Return how large a device that is held is; 0 when it is not."""
        for device in self._devices(self._home(server_id, disk)):
            sectors = pathlib.Path(f"/sys/block/{os.path.basename(device)}/size").read_text()
            return int(sectors) // 2
        return 0

    def extend(self, server_id: str, disk: Disk, size: int) -> list[str]:
        """Let a device that is held be larger, and return its path.  size: bytes.

        Raises GuestFault, OSError.
        """
        home = self._home(server_id, disk)
        if isinstance(disk.remote, Remote):
            Server(home).look_again(disk.remote, size, read_only=disk.read_only)
        elif _is_shown(disk):
            Server(home).extend(size)
        else:
            os.truncate(disk.path.resolve(), size)
        found = self._devices(home)
        for device in found:
            loops.look_again(device)
        return found

    def go_on_in(self, server_id: str, disk: Disk, new_file: pathlib.Path) -> None:
        """Let a device that is held write to a new file.  Raises GuestFault."""
        if disk.format != "qcow2":
            raise GuestFault(
                reason="A raw volume of a container is snapshotted while it is detached."
            )
        server = Server(self._home(server_id, disk))
        server.go_on_in(new_file, encrypted=disk.key is not None)

    def go_over_to(
        self,
        server_id: str,
        old: Disk,
        new: Disk,
        still: Callable[[], contextlib.AbstractContextManager[None]],
        go_on: Callable[[], None],
    ) -> None:
        """Copy what a held device shows to another volume's file, which it shows from then on.

        still: a context in which the guest writes nothing.  Raises GuestFault, OSError.
        """
        if {old.format, new.format} != {"qcow2"}:
            raise GuestFault(reason="A container's volume is swapped where both are qcow2 files.")
        home, file = self._home(server_id, old), new.path.resolve()
        server, devices = Server(home), self._devices(home)
        try:
            server.copy_to(file, new.key, go_on)
            with still():
                for device in devices:
                    loops.flush(device)
                server.turn_to(file, go_on)
        except BaseException:
            server.stay()
            raise
        for device in devices:
            loops.look_again(device)

    def held(self, server_id: str, disk: Disk) -> bool:
        """Tell whether a volume has a device."""
        return (self._home(server_id, disk) / "backing").exists()

    def lost(self, server_id: str, disk: Disk) -> bool:
        """Tell whether a volume has a device that leads nowhere any more."""
        home = self._home(server_id, disk)
        shown = home / ("backing" if disk.boot_index == 0 else "node")
        return _is_shown(disk) and shown.exists() and not Server(home).alive

    def release(self, server_id: str, disk: Disk) -> None:
        """Take a volume's device away, with all that is behind it; a missing one is a success."""
        self._release(self._home(server_id, disk))
        self._tidy(server_id)

    def release_all(self, server_id: str) -> None:
        """Take all of a guest's devices away."""
        for home in self._homes(server_id):
            self._release(home)
        self._tidy(server_id)

    def _tidy(self, server_id: str) -> None:
        """Remove the directories that have nothing in them any more."""
        with contextlib.suppress(OSError):
            self._of(server_id).rmdir()
            self._directory.rmdir()

    def guests(self) -> set[str]:
        """Return the server ids that have devices, or had."""
        with contextlib.suppress(FileNotFoundError):
            return {one.name for one in self._directory.iterdir() if one.is_dir()}
        return set()

    def _prepare(self, home: pathlib.Path) -> None:
        """Make a place whose nodes are devices: where the host's runtime directory forbids them,
        a small file system of its own."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        if os.statvfs(self._directory).f_flag & os.ST_NODEV:
            flags = syscalls.MS_NOSUID
            syscalls.mount("devices", str(self._directory), "tmpfs", flags, "mode=711,size=4m")
        home.mkdir(parents=True, exist_ok=True, mode=0o711)

    def _let_go(self, home: pathlib.Path) -> None:
        for device in self._devices(home):
            with contextlib.suppress(OSError):
                loops.let_go(device)

    def _release(self, home: pathlib.Path) -> None:
        self._let_go(home)
        Server(home).stop()
        shutil.rmtree(home, ignore_errors=True)

    def _devices(self, home: pathlib.Path) -> list[str]:
        try:
            backing = pathlib.Path((home / "backing").read_text())
        except OSError:
            return []
        return loops.holding(backing)

    def _homes(self, server_id: str) -> list[pathlib.Path]:
        with contextlib.suppress(FileNotFoundError):
            return [one for one in self._of(server_id).iterdir() if one.is_dir()]
        return []

    def _of(self, server_id: str) -> pathlib.Path:
        return self._directory / server_id

    def _home(self, server_id: str, disk: Disk) -> pathlib.Path:
        # By what the guest calls it: that stays when one volume takes another's place.
        return self._of(server_id) / disk.device.removeprefix("/dev/")


def _is_shown(disk: Disk) -> bool:
    """Tell whether a daemon shows a volume's content; of others the file itself has it."""
    return disk.remote is not None or disk.format == "qcow2"


def extend_unused(disk: Disk, size: int) -> None:
    """Make a volume larger that has no device, unless its own host does.  size: bytes.

    Raises GuestFault.
    """
    if disk.remote is not None:
        return
    opening = qcow2.opening(disk.path.resolve(), disk.format, disk.key)
    try:
        process.run(["qemu-img", "resize", "-q", *opening, str(size)], timeout_s=60)
    except errors.CloudError as error:
        raise GuestFault(reason=f"The volume did not grow: {error}") from error


def show(init: int, node: pathlib.Path, name: str, first_id: int) -> None:
    """Let a running guest have a device.  init: its first process.  name: `/dev/vdb`.

    Raises GuestFault.
    """
    try:
        syscalls.hand_in(init, node, name, first_id)
    except OSError as error:
        raise GuestFault(reason=f"The guest was not given {name}: {error}") from error


def hide(init: int, name: str, first_id: int) -> None:
    """Take a device's name from a running guest; one that is gone is a success."""
    with contextlib.suppress(OSError):
        syscalls.take_out(init, name, first_id)
