"""Talking to a cloud's supervisor."""

import json
import os
import pathlib
import socket
import subprocess
import sys
from typing import Any

from devstack import instance
from devstack.instance import Instance

ROOT = pathlib.Path(__file__).resolve().parent.parent
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
