"""The unmodified `openstack` command, without the second that it takes to load for each call.

A server process loads the client once and forks for each command: the fork gets the caller's
words, directory, environment and open files, runs the client's own entry point, and ends.  A
small program named `openstack`, put first on a shell's path, asks that server.

`python -m tests.support.openstack_client SOCKET` is the server.
"""

import contextlib
import json
import logging
import os
import pathlib
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator

from tests.support.waiting import wait_for

WARM_UP = ("token issue", "server list", "network list", "image list", "stack list")
PROGRAM = """#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({socket!r})
    socket.send_fds(asked, [b"+"], [0, 1, 2])
    asked.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
    asked.shutdown(socket.SHUT_WR)
    status = asked.recv(16)
sys.exit(int(status or 70))
"""


@contextlib.contextmanager
def quick_client(directory: pathlib.Path, environment: dict[str, str]) -> Iterator[pathlib.Path]:
    """Serve the client for the block; yield the directory to put first on the path.

    environment: variables of the client by which the server warms up.
    """
    binaries = directory / "bin"
    binaries.mkdir()
    address = str(directory / "client.sock")
    program = binaries / "openstack"
    program.write_text(PROGRAM.format(python=sys.executable, socket=address))
    program.chmod(0o755)
    with (directory / "client.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.openstack_client", address],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(lambda: os.path.exists(address) or server.poll() is not None, timeout_s=90)
            assert server.poll() is None, (directory / "client.log").read_text()
            yield binaries
        finally:
            server.terminate()
            server.wait()


def serve(address: str) -> None:
    """Load and warm the client, then run what is asked for, each in a fork."""
    from openstackclient import shell
    from osc_lib.clientmanager import ClientCache, ClientManager

    for line in WARM_UP:
        shell.main(line.split())
    logging.getLogger().handlers.clear()
    for cached in vars(ClientManager).values():
        if isinstance(cached, ClientCache):
            cached._handle = None  # whose it was is no matter of the commands to come
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address + ".new")
    listener.listen(16)
    os.rename(address + ".new", address)
    while True:
        asked, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run(asked)
        asked.close()


def _run(asked: socket.socket) -> None:
    """Be the command that a connection asks for, tell its status, and end."""
    from openstackclient import shell

    _, files, _, _ = socket.recv_fds(asked, 1, 3)
    words, directory, environment = json.loads(b"".join(iter(lambda: asked.recv(65536), b"")))
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    status = 70
    try:
        status = shell.main(words)
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else int(done.code is not None)
    except BaseException:
        traceback.print_exc()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    asked.sendall(str(status or 0).encode())
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[1])
