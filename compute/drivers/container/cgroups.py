"""The control groups of one cloud's guests, on either version of the kernel's interface.

A guest's processes are in `<tag>/<server id>`, its monitor in `<tag>/monitor/<server id>`.
"""

import contextlib
import errno
import os
import pathlib
import signal
import time

from compute.drivers.base import GuestFault

_PAUSE_S = 0.002


class Cgroups:
    """tag: the name all of this cloud's groups lie under.  root: where the host has them."""

    def __init__(self, tag: str, root: pathlib.Path = pathlib.Path("/sys/fs/cgroup")) -> None:
        self._tag = tag
        self._root = root
        self._unified = (root / "cgroup.controllers").exists()

    @property
    def unified(self) -> bool:
        """Whether this host has version 2 alone."""
        return self._unified

    def usable(self) -> bool:
        """Whether guests can be found and frozen here."""
        return self._unified or (self._root / "freezer").is_dir()

    def pins(self) -> bool:
        """Whether guests can be kept on some of the host's processors."""
        if self._unified:
            return "cpuset" in _read(self._root / "cgroup.controllers").split()
        return (self._root / "cpuset").is_dir()

    def populated(self, server_id: str) -> bool:
        """Whether any process of the guest lives."""
        if self._unified:
            return "populated 1" in _read(self._main(server_id) / "cgroup.events")
        return bool(self.processes(server_id))

    def processes(self, server_id: str) -> list[int]:
        """Return the process ids of the guest, groups it made for itself included."""
        found: list[int] = []
        for directory, _, _ in os.walk(self._main(server_id)):
            text = _read(pathlib.Path(directory) / "cgroup.procs")
            found += [int(pid) for pid in text.split() if pid != "0"]
        return found

    def init(self, server_id: str) -> int | None:
        """Return the process that is number 1 inside the guest."""
        for pid in self.processes(server_id):
            for line in _read(pathlib.Path(f"/proc/{pid}/status")).splitlines():
                if line.startswith("NSpid:") and line.split()[1:] == [str(pid), "1"]:
                    return pid
        return None

    def of(self, server_id: str) -> dict[str, pathlib.Path]:
        """Return the guest's group in each hierarchy, by the hierarchy's name; on version 2 ``."""
        return {
            "" if self._unified else part: top / self._tag / server_id
            for top in self._hierarchies()
            for part in top.name.split(",")
        }

    def frozen(self, server_id: str) -> bool:
        main = self._main(server_id)
        if self._unified:
            return "frozen 1" in _read(main / "cgroup.events")
        return _read(main / "freezer.state").strip() == "FROZEN"

    def freeze(self, server_id: str, *, timeout_s: float = 5) -> None:
        """Stop every process of the guest where it is.  Raises GuestFault."""
        self._freezer(server_id, "1" if self._unified else "FROZEN")
        deadline = time.monotonic() + timeout_s
        while not self.frozen(server_id):
            if time.monotonic() > deadline:
                self.thaw(server_id)
                raise GuestFault(reason=f"The guest could not be frozen within {timeout_s} s.")
            time.sleep(_PAUSE_S)

    def thaw(self, server_id: str) -> None:
        self._freezer(server_id, "0" if self._unified else "THAWED")

    def kill(self, server_id: str, *, timeout_s: float = 10) -> None:
        """End every process of the guest and return when none is left.  Raises GuestFault."""
        deadline = time.monotonic() + timeout_s
        while self.populated(server_id):
            self._end_all(server_id)
            if time.monotonic() > deadline:
                raise GuestFault(reason=f"The guest's processes did not end in {timeout_s} s.")
            time.sleep(_PAUSE_S)

    def allow_device(self, server_id: str, number: str, *, allowed: bool) -> bool:
        """Let a running guest use a block device, or not any more.  number: `7:3`.

        Return False on version 2 alone, where only the guest's monitor can.  Raises OSError.
        """
        if self._unified:
            return False
        group = self._root / "devices" / self._tag / server_id
        (group / ("devices.allow" if allowed else "devices.deny")).write_text(f"b {number} rwm")
        return True

    def remove(self, server_id: str) -> None:
        """Remove the guest's empty groups; LXC refuses to start on ones that are left over."""
        for hierarchy in self._hierarchies():
            _remove_tree(hierarchy / self._tag / server_id)
            _remove_tree(hierarchy / self._tag / "monitor" / server_id)

    def names(self) -> set[str]:
        """Return the server ids that have a group, alive or left over."""
        top = self._main("")
        entries = top.iterdir() if top.is_dir() else []
        return {one.name for one in entries if one.is_dir()} - {"monitor", "pivot"}

    def _end_all(self, server_id: str) -> None:
        every = self._main(server_id) / "cgroup.kill"  # since Linux 5.14; nothing can outrun it
        if every.exists():
            with contextlib.suppress(OSError):  # the group is gone
                every.write_text("1")
            return
        for pid in self.processes(server_id):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.thaw(server_id)

    def _freezer(self, server_id: str, value: str) -> None:
        name = "cgroup.freeze" if self._unified else "freezer.state"
        try:
            (self._main(server_id) / name).write_text(value)
        except OSError as error:  # ENODEV: the group went between opening and writing
            if error.errno not in (errno.ENOENT, errno.ENODEV):
                raise

    def _main(self, server_id: str) -> pathlib.Path:
        top = self._root if self._unified else self._root / "freezer"
        return top / self._tag / server_id

    def _hierarchies(self) -> list[pathlib.Path]:
        if self._unified:
            return [self._root]
        return [one for one in self._root.iterdir() if one.is_dir() and not one.is_symlink()]


def _read(path: pathlib.Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError, OSError):
        return ""


def _remove_tree(group: pathlib.Path) -> None:
    for directory, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(directory)
        except OSError:  # busy for a moment more, or gone: the next start tries again
            continue
