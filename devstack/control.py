"""Talking to a cloud's supervisor."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from devstack import instance
from devstack.instance import Instance

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = (
    "common",
    "identity",
    "image",
    "network",
    "compute",
    "orchestration",
    "volume",
    "devstack",
)
STOP_TIMEOUT_S = 60
Status = dict[str, dict[str, Any]]


def start(cloud: Instance) -> subprocess.Popen[bytes]:
    """Start the supervisor, free of this process and its terminal.

    Its many threaded children keep their memory in two arenas each instead of sixteen.
    """
    own = {
        instance.MARK: str(cloud.state_dir),
        "PYTHONPATH": str(ROOT),
        "MALLOC_ARENA_MAX": "2",
    }
    with cloud.log("supervisor").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "devstack.supervisor", "--state-dir", str(cloud.state_dir)],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def ask(cloud: Instance, line: str) -> Status | None:
    """Send one line to the supervisor; return how the processes fare, or None without one."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        try:
            client.connect(str(cloud.control_socket))
            client.sendall(line.encode() + b"\n")
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        except (FileNotFoundError, ConnectionError):
            return None
    found: Status = json.loads(answer)
    return found


def stale(cloud: Instance) -> str:
    """Return why a running supervisor has to be started again; empty when it is as it should be.

    Guests go on meanwhile.
    """
    found = ask(cloud, "status")
    if found is None:
        return "it does not answer"
    for name, fares in found.items():
        if fares["state"] == "failed" or (fares["state"] != "ready" and fares["restarts"] >= 2):
            return f"{name} does not start"
    if cloud.dashboard and "dashboard" not in found:
        return "the dashboard is added"
    began = (cloud.state_dir / "pid/supervisor.pid").stat().st_mtime
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.stat().st_mtime > began:
                return "the code has changed"
    return ""


def stop(cloud: Instance, pid: int, line: str = "") -> None:
    """End a supervisor and what it keeps, and return once it is gone.

    line: what to tell it; without one it gets SIGTERM, and guests go on.
    """
    if not line or ask(cloud, line) is None:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while instance.running(cloud.state_dir) == pid:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
