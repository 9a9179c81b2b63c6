"""A container's console: LXC's own client on a terminal of its own."""

import contextlib
import fcntl
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import termios
import time

from compute.drivers.base import Consoles, GuestFault, Stream

ROWS, COLUMNS = 24, 80
ATTACH_S = 5.0
_CONSOLE = "0"
_NO_ESCAPE = "-1"


class ContainerConsoles(Consoles):
    """state_dir: the cloud's.  runtime: where guests' roots are mounted: `/run/cumulet/<tag>`.

    namespace: name of the network namespace that the guests' monitors answer in.
    """

    def __init__(self, state_dir: pathlib.Path, runtime: pathlib.Path, namespace: str) -> None:
        self._guests = state_dir / "compute/containers"
        self._runtime = runtime
        self._enter = ["nsenter", f"--net=/run/netns/{namespace}", "--"]

    def holds(self, server_id: str) -> bool:
        return (self._guests / server_id).is_dir()

    def open(self, server_id: str, protocol: str) -> Stream:
        if protocol != "serial":
            raise GuestFault(reason=f"A container has no {protocol} console.")
        program = shutil.which("lxc-console")
        if program is None:
            raise GuestFault(reason="lxc-console is not installed on this host.")
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        try:
            which = ["-P", str(self._runtime), "-n", server_id, "-t", _CONSOLE, "-e", _NO_ESCAPE]
            client = subprocess.Popen(
                [*self._enter, program, *which],
                stdin=theirs,
                stdout=theirs,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env={"PATH": os.defpath},
            )
        except OSError as error:
            os.close(ours)
            raise GuestFault(reason=f"The console was not opened: {error}") from error
        finally:
            os.close(theirs)
        if not _attached(client, ours):
            _end(client, ours)
            raise GuestFault(reason="The guest is off, or its console is in use.")
        os.set_blocking(ours, False)
        return Stream(ours, lambda: _end(client, ours))


def _attached(client: subprocess.Popen[bytes], descriptor: int) -> bool:
    """Wait until the client has switched its terminal's echo off; what came before is lost."""
    deadline = time.monotonic() + ATTACH_S
    while client.poll() is None and time.monotonic() < deadline:
        if not termios.tcgetattr(descriptor)[3] & termios.ECHO:
            return True
        time.sleep(0.002)
    return False


def _end(client: subprocess.Popen[bytes], descriptor: int) -> None:
    os.close(descriptor)
    client.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        client.wait(timeout=3)
        return
    client.kill()
    client.wait()
