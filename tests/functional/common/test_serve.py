"""The server every API runs in, and clients that mean to keep its threads."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.support import ports
from tests.support.waiting import wait_for

PROGRAM = """
import sys
from common import serve

def app(environ, start):
    environ["wsgi.input"].read()
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]

serve.SILENCE_S = 1
serve.serve("t", lambda: app, binds=[f"127.0.0.1:{sys.argv[1]}"], workers=1, threads=2)
"""


@pytest.fixture
def port() -> Iterator[int]:
    """Where a server with two threads listens, which bears a second of silence."""
    [number] = ports.free(1)
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(number)])
    try:
        wait_for(lambda: answered(number))
        yield number
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def answered(number: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", number), timeout=15) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return client.recv(100).startswith(b"HTTP/1.1 200")
    except ConnectionRefusedError:
        return False


@pytest.mark.parametrize(
    "begun", [b"GET / HTT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"]
)
def test_clients_that_fall_silent_in_the_middle_do_not_keep_the_threads(port, begun):
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(4)]
    for client in silent:
        client.sendall(begun)
    began = time.monotonic()
    assert answered(port)
    assert time.monotonic() - began < 12
    for client in silent:
        client.close()
