"""The content of an encrypted file as a plain one, for as long as a block lasts.

QEMU's storage daemon shows it by FUSE, so nothing readable is written anywhere.
"""

import contextlib
import logging
import os
import pathlib
import select
import shutil
import signal
import uuid
from collections.abc import Iterator, Sequence

from common import errors, process
from volume.drivers.base import PoolFault

LOG = logging.getLogger(__name__)
PROGRAM = "qemu-storage-daemon"
_TIMEOUT_S = 30.0


@contextlib.contextmanager
def shown(
    directory: pathlib.Path, words: Sequence[str], blockdev: str, *, writable: bool
) -> Iterator[pathlib.Path]:
    """Yield the file that has the content.

    directory: where a directory for it may be.  words: the secrets that opening takes.
    blockdev: how it is opened.  Raises PoolFault.
    """
    home = directory / uuid.uuid4().hex
    home.mkdir(mode=0o700)
    disk = home / "disk"
    disk.touch(mode=0o600)
    only, also = ("off", "on") if writable else ("on", "off")
    command = [
        *(PROGRAM, "--daemonize", "--pidfile", str(home / "pid"), *words),
        *("--blockdev", f"{blockdev},node-name=top,read-only={only},discard=unmap"),
        "--export",
        f"type=fuse,id=disk,node-name=top,mountpoint={disk},writable={also},allow-other=off",
    ]
    try:
        try:
            process.run(command, timeout_s=_TIMEOUT_S)
        except errors.CloudError as error:
            LOG.warning("%s", error)
            reason = "The content of an encrypted volume cannot be read on this host."
            raise PoolFault(reason=reason) from error
        yield disk
    finally:
        end(home)


def end(home: pathlib.Path) -> None:
    """Let go of a file that is shown, once its daemon has written all, and remove the directory."""
    halt(home)
    process.run(["umount", "--lazy", str(home / "disk")], timeout_s=_TIMEOUT_S, check=False)
    shutil.rmtree(home, ignore_errors=True)


def daemon(home: pathlib.Path) -> int | None:
    """Return the process id of a directory's daemon while it lives."""
    try:
        pid = int((home / "pid").read_text())
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    ours = words[0].endswith(PROGRAM.encode()) and os.fsencode(home / "pid") in words
    return pid if ours else None


def halt(home: pathlib.Path) -> None:
    """End a directory's daemon once it has written all; none is a success."""
    pid = daemon(home)
    if pid is None:
        return
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGTERM)
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            if not poller.poll(_TIMEOUT_S * 1000):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                poller.poll(_TIMEOUT_S * 1000)
        finally:
            os.close(descriptor)
