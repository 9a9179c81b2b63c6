"""Keeps a test run's servers: they end with the run, even with one that was killed.

`python -m tests.support.keeper PID DIRECTORY` reads command lines (a JSON list of lists) from
standard input, starts them, and waits for process PID to end.  Then it ends them and removes the
directory.  It also ends when one of them does, so that nobody waits for a dead server.
"""

import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable


def run_directory(name: str) -> pathlib.Path:
    """Return the directory, the same for all workers of this test run, that belongs to a server."""
    return pathlib.Path(tempfile.gettempdir()) / f"cumulet-tests-{run_pid()}-{name}"


def run_pid() -> int:
    """Return the process that is the whole run: the one above, under pytest-xdist."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def shared(
    directory: pathlib.Path,
    prepare: Callable[[], list[list[str]]],
    ready: Callable[[], bool],
    timeout_s: float = 60,
) -> None:
    """Start a server once a test run, and return when it is ready.

    prepare: makes the directory's content and returns the command lines; called by one worker
    while the others wait.
    """
    directory.mkdir(mode=0o755, exist_ok=True)
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (directory / "started").exists():
            return
        _start(directory, prepare())
        deadline = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > deadline:
                raise TimeoutError((directory / "log").read_text()[-2000:])
            time.sleep(0.05)
        (directory / "started").touch()


def _start(directory: pathlib.Path, commands: list[list[str]]) -> None:
    with (directory / "log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.support.keeper", str(run_pid()), str(directory)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=pathlib.Path(__file__).resolve().parents[2],
        )
        assert keeper.stdin
        keeper.stdin.write(json.dumps(commands).encode())
        keeper.stdin.close()


def keep(pid: int, directory: pathlib.Path, commands: list[list[str]]) -> None:
    """Run the commands until process pid, or one of them, ends."""
    run = os.pidfd_open(pid)
    servers = [subprocess.Popen(command, cwd=directory) for command in commands]
    watched = [run, *(os.pidfd_open(server.pid) for server in servers)]
    stop_read, stop_write = os.pipe()
    signal.signal(signal.SIGTERM, lambda *_: os.write(stop_write, b"x"))
    try:
        select.select([*watched, stop_read], [], [])
    finally:
        for server in servers:
            server.send_signal(signal.SIGKILL if server.args[0] == "env" else signal.SIGQUIT)  # type: ignore[index]
        for server in servers:
            server.wait()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    keep(int(sys.argv[1]), pathlib.Path(sys.argv[2]), json.load(sys.stdin))
