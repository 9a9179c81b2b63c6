"""Starting, asking and ending the supervisor's children.

A child is a fork that either becomes another program or calls a function of what is loaded
already.  It gets SIGTERM when the supervisor ends, whatever ended it.
"""

import contextlib
import ctypes
import os
import pathlib
import signal
import sys
import time
import traceback
from collections.abc import Callable

from devstack.processes import Process, Ready, resolve

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
LOG_LIMIT = 20 * 1024 * 1024
PROBE_INTERVAL_S = 0.03
LIBC = ctypes.CDLL(None, use_errno=True)


def become_reaper() -> None:
    """Be the parent of every process below that loses its own."""
    if LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def start(process: Process, state_dir: pathlib.Path) -> int:
    """Start a process and return its id; what it prints goes to its log."""

    def run() -> int:
        if process.argv:
            os.execvp(process.argv[0], process.argv)  # noqa: S606
        entitle(f"cumulet {process.name}")
        return resolve(process.target)(list(process.arguments))

    pid = _fork(run, state_dir / "log" / f"{process.name}.log")
    (state_dir / "pid" / f"{process.name}.pid").write_text(f"{pid}\n")
    return pid


def probe(process: Process, ready: Ready, state_dir: pathlib.Path, timeout_s: float) -> int:
    """Start a process that ends well once `ready` says yes, and return its id."""

    def run() -> int:
        entitle(f"cumulet waits for {process.name}")
        deadline = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > deadline:
                print(f"{process.name} was not ready within {timeout_s} s", file=sys.stderr)
                return 1
            time.sleep(PROBE_INTERVAL_S)
        return 0

    return _fork(run, state_dir / "log" / f"{process.name}.log")


def entitle(title: str) -> None:
    """Show another name in the list of processes: in `comm`, and over the old command line.

    Source: proc(5), fields 48 and 49 of `stat`.
    """
    with contextlib.suppress(OSError, ValueError):
        pathlib.Path("/proc/self/comm").write_text(title.removeprefix("cumulet ")[:15])
        fields = pathlib.Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        first, last = int(fields[45]), int(fields[46])
        text = title.encode()[: last - first - 1]
        ctypes.memmove(first, text.ljust(last - first, b"\0"), last - first)


def _fork(run: Callable[[], int], log: pathlib.Path) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 70
    try:
        _settle(parent, log)
        status = run() or 0
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else int(done.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _settle(parent: int, log: pathlib.Path) -> None:
    """Make the fork a process of its own: session, signals, output, and an end with its parent."""
    os.setsid()
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.closerange(3, 256)


def end_crew(pid: int) -> None:
    """Kill what a dead child left in its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def send(pid: int, number: int) -> None:
    """Send a signal; a process that is gone is a success."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
