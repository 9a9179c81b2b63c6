"""A qcow2 file, or what another host serves, as a plain file: QEMU's storage daemon shows it.

One daemon a volume, in a directory of its own.  It outlives the worker, and is found again there.
"""

import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import time
import uuid
from collections.abc import Callable
from typing import Any

from common import errors, nbd, process, qcow2, rbd
from common.nbd import Remote
from compute.drivers.base import Disk, GuestFault
from compute.drivers.container import copying, syscalls

PROGRAM = "qemu-storage-daemon"
PATIENCE_S = 120
"""For how long a guest's reads and writes wait when another host does not answer."""
_TIMEOUT_S = 20.0
_START_S = 40.0
_LOOK_S = 0.01
_COPY_LOOK_S = 0.1


class Server:
    """directory: of one volume; `disk` in it is the content, as long as the daemon runs."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    @property
    def disk(self) -> pathlib.Path:
        """The file that has the volume's content."""
        return self._directory / "disk"

    @property
    def alive(self) -> bool:
        """Whether the daemon runs."""
        return self._pid() is not None

    def start(self, disk: Disk, certificates: pathlib.Path) -> None:
        """Show a volume's content; one that is shown already stays.

        certificates: of this host, which others ask for.  Raises GuestFault.
        """
        if self._pid() is None:
            self._start(disk, certificates)
        try:
            _one_at_a_time(self.disk)
        except OSError as error:
            self.stop()
            raise GuestFault(reason=f"The volume's daemon cannot be held back: {error}") from error

    def _start(self, disk: Disk, certificates: pathlib.Path) -> None:
        self.stop()
        if isinstance(disk.remote, Remote):
            _await_port(disk.remote)
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        self.disk.touch(mode=0o600)
        plain, below = ("on", "off") if disk.read_only else ("off", "on")
        cache = f"read-only={plain},discard=unmap,cache.direct=on"
        command = [
            *(PROGRAM, "--daemonize", "--pidfile", str(self._directory / "pid")),
            *_content(disk, certificates, cache),
            "--export",
            f"type=fuse,id=disk,node-name=top,mountpoint={self.disk},writable={below},allow-other=off",
            *("--chardev", f"socket,path={self._socket},server=on,wait=off,id=monitor"),
            *("--monitor", "chardev=monitor"),
        ]
        try:
            process.run(command, timeout_s=_START_S)
        except errors.CloudError as error:
            if disk.remote is not None:
                raise GuestFault(reason=_unreachable(disk.remote)) from error
            raise GuestFault(reason=f"The volume's file cannot be read: {error}") from error

    def extend(self, size: int) -> None:
        """Make the content larger, and return once the file shows it.  Raises GuestFault."""
        with self._monitor() as ask:
            ask("block_resize", {"node-name": _top(ask), "size": size})
        self._grown(size)

    def look_again(self, remote: Remote, size: int, *, read_only: bool) -> None:
        """Show what another host serves at the size that it has now.  Raises GuestFault."""
        with self._monitor() as ask:
            nodes = ask("query-named-block-nodes", {"flat": True})
            before = [node["node-name"] for node in nodes if node["drv"] == "nbd"]
            fresh = f"net-{uuid.uuid4().hex[:16]}"
            options = {"read-only": read_only, "discard": "unmap", "cache": {"direct": True}}
            ask("blockdev-add", nbd.node(remote, fresh, PATIENCE_S) | options)
            top = {"driver": "raw", "node-name": _top(ask), "file": fresh, **options}
            ask("blockdev-reopen", {"options": [top]})
            for name in before:
                ask("blockdev-del", {"node-name": name})
        self._grown(size)

    def _grown(self, size: int) -> None:
        """Return once the file shows a size."""
        deadline = time.monotonic() + _TIMEOUT_S
        while self.disk.stat().st_size < size:
            if time.monotonic() > deadline:
                raise GuestFault(reason="The volume is not shown at its new size.")
            time.sleep(_LOOK_S)

    def go_on_in(self, new_file: pathlib.Path, *, encrypted: bool) -> None:
        """Write to a new file from now on, which lies over the one before.

        encrypted: with the key that the daemon has.  Raises GuestFault.
        """
        with self._monitor() as ask:
            nodes = ask("query-named-block-nodes", {"flat": True})
            if any(node["file"] == str(new_file) for node in nodes):
                return
            name = f"top-{uuid.uuid4().hex[:16]}"
            file = {
                "driver": "file",
                "filename": str(new_file),
                "discard": "unmap",
                "cache": {"direct": True},
            }
            node = {"driver": "qcow2", "node-name": name, "file": file, "backing": None}
            if encrypted:
                node["encrypt"] = {"format": "luks", "key-secret": copying.key_in_use(ask)}
            ask("blockdev-add", node | {"discard": "unmap"})
            ask("blockdev-snapshot", {"node": _top(ask), "overlay": name})

    def copy_to(
        self, new_file: pathlib.Path, key: pathlib.Path | None, go_on: Callable[[], None]
    ) -> None:
        """Copy all to another qcow2 file while the content is used; `turn_to` copies the rest.

        key: as in base.Disk.  go_on: asked now and then; what it raises ends the copying.
        Raises GuestFault.
        """
        with self._monitor() as ask:
            if copying.is_at(ask, _top(ask), new_file):
                return
            copying.end(ask, _top(ask))
        go_on()
        self._copied(lambda ask: copying.begin(ask, _top(ask), new_file, key), go_on)

    def turn_to(self, new_file: pathlib.Path, go_on: Callable[[], None]) -> None:
        """Go on in the file that was copied to, and leave the one before; nobody writes now.

        go_on: as in `copy_to`.  Raises GuestFault.
        """
        with self._monitor() as ask:
            turned = copying.is_at(ask, _top(ask), new_file)
        if not turned:
            self._copied(lambda ask: copying.begin_rest(ask, _top(ask)), go_on)
        with self._monitor() as ask:
            if not turned:
                copying.turn(ask, _top(ask))
            copying.part(ask, _top(ask))

    def stay(self) -> None:
        """End a copying, and let go of what was copied to; none is a success."""
        with contextlib.suppress(GuestFault), self._monitor() as ask:
            copying.end(ask, _top(ask))

    def _copied(self, begin: Callable[[Any], None], go_on: Callable[[], None]) -> None:
        """Begin to copy, and return when it is done.  The daemon hears one at a time."""
        with self._monitor() as ask:
            begin(ask)
        while True:
            with self._monitor() as ask:
                if copying.done(ask):
                    return
            go_on()
            time.sleep(_COPY_LOOK_S)

    def stop(self) -> None:
        """End the daemon once it has written all; nothing that runs is a success."""
        pid = self._pid()
        if pid is not None:
            with contextlib.suppress(GuestFault, OSError), self._monitor() as ask:
                ask("quit", {})
            if not _ended(pid, _TIMEOUT_S):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                _ended(pid, _TIMEOUT_S)
        process.run(["umount", "--lazy", str(self.disk)], timeout_s=_TIMEOUT_S, check=False)
        for name in ("disk", "pid", "monitor"):
            (self._directory / name).unlink(missing_ok=True)

    @property
    def _socket(self) -> pathlib.Path:
        return self._directory / "monitor"

    def _pid(self) -> int | None:
        """Return the daemon's process id while it lives."""
        try:
            pid = int((self._directory / "pid").read_text())
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        ours = words[0].endswith(PROGRAM.encode()) and os.fsencode(self.disk) in b"\0".join(words)
        return pid if ours else None

    @contextlib.contextmanager
    def _monitor(self) -> Any:
        """Yield a function that asks the daemon by QMP.  Raises GuestFault."""
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(_TIMEOUT_S)
            try:
                link.connect(str(self._socket))
                with link.makefile("rw") as lines:
                    lines.readline()

                    def ask(command: str, arguments: dict[str, Any]) -> Any:
                        lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
                        lines.flush()
                        return _answer(lines)

                    ask("qmp_capabilities", {})
                    yield ask
            except (OSError, ValueError) as error:
                raise GuestFault(reason=f"The volume's daemon does not answer: {error}") from error


def _await_port(remote: Remote) -> None:
    """Return once another host serves, which it was asked for a moment ago, or is not going to."""
    deadline = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection((remote.address, remote.port), timeout=_TIMEOUT_S).close()
            return
        time.sleep(_LOOK_S)


def _one_at_a_time(shown: pathlib.Path) -> None:
    """Have the kernel send a daemon the next read or write when it has done the one before.

    QEMU 7.2 reads a request that comes while it writes into the memory that it writes from:
    of two writes at a time, one ends up in the other's place.  Raises OSError.
    """
    number = os.minor(shown.stat().st_dev)
    place = shown.parent / "connections"
    place.mkdir(exist_ok=True)
    syscalls.mount("none", str(place), "fusectl")
    try:
        (place / str(number) / "max_background").write_text("1")
    finally:
        syscalls.unmount(place)
        place.rmdir()


def _content(disk: Disk, certificates: pathlib.Path, cache: str) -> list[str]:
    """Return the words that make a volume's content the node `top`."""
    if disk.remote is not None:
        words, below = _network(disk.remote, certificates)
        words += ["--blockdev", f"{below},node-name=net,{cache}"]
        return [*words, "--blockdev", f"driver=raw,file=net,node-name=top,{cache}"]
    file, key = disk.path.resolve(), disk.key
    if key is None:
        below = f"driver=file,filename={file},node-name=file,{cache}"
        return ["--blockdev", below, "--blockdev", f"driver=qcow2,file=file,node-name=top,{cache}"]
    known = qcow2.options(file, lambda _: "key")
    object_words = ["--object", qcow2.secret("key", key)]
    return [*object_words, "--blockdev", f"{known},node-name=top,{cache}"]


def _network(remote: Remote | rbd.Image, certificates: pathlib.Path) -> tuple[list[str], str]:
    """Return the words that come first, and the block device."""
    if isinstance(remote, rbd.Image):
        return [], rbd.blockdev(remote)
    return nbd.credentials(certificates), nbd.blockdev(remote, PATIENCE_S)


def _unreachable(remote: Remote | rbd.Image) -> str:
    if isinstance(remote, rbd.Image):
        return (
            f"This host cannot use Ceph's image {remote.image}: that takes the package "
            f"qemu-block-extra, {remote.conf}, and the key of client.{remote.user}."
        )
    return f"Host {remote.host}, which has the volume, does not serve it."


def _answer(lines: Any) -> Any:
    while True:
        found = json.loads(lines.readline())
        if "error" in found:
            raise GuestFault(reason=f"The volume's daemon: {found['error'].get('desc', '')}")
        if "return" in found:
            return found["return"]


def _top(ask: Any) -> str:
    """Return the name of the node whose content is shown."""
    return str(ask("query-block-exports", {})[0]["node-name"])


def _ended(pid: int, timeout_s: float) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        return bool(poller.poll(timeout_s * 1000))
    finally:
        os.close(descriptor)
