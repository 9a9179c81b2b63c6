"""Who holds a lease: a process, named so that others on its host can tell whether it lives."""

import os
import pathlib

PROC = pathlib.Path("/proc")


def mine(host: str) -> str:
    """Return this process's name: `host/pid/start`, start in clock ticks since the host booted."""
    pid = os.getpid()
    return f"{host}/{pid}/{_start(pid)}"


def is_dead(holder: str, host: str) -> bool:
    """Say whether the holder is known to live no more; of another host nothing is known.

    A process that was given a dead one's number has another start.
    """
    where, pid, start = holder.rsplit("/", 2)
    return where == host and _start(int(pid)) != start


def _start(pid: int) -> str | None:
    """Return when a process began, None when there is none, or only what its parent must reap.

    Source: proc(5), /proc/pid/stat; its second field, a name in brackets, may hold anything.
    """
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in ("Z", "X") else rest[18]
