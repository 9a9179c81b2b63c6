"""The proxy on loopback: what it sends on, what it refuses, and whom it cuts off."""

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from network.metadata import proxy
from network.metadata.directory import Port
from network.metadata.proxy import Proxy, Upstream
from tests.support.waiting import wait_for

GUEST = Port("p", "net", "", "here", "m", ("127.0.0.1/8",), "server-1", "project-1")


class Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = json.dumps({"method": self.command, "path": self.path, **self.headers}).encode()
        self.send_response(200 if self.path != "/missing" else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_PUT = do_GET

    def log_message(self, format, *args) -> None:
        """Be quiet."""


@pytest.fixture
def door() -> Iterator[int]:
    """The port of a proxied network whose only guest is 127.0.0.1."""
    compute = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=compute.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{compute.server_address[1]}"
    running = Proxy(Upstream(url, "secret", lambda n, a: GUEST if a == "127.0.0.1" else None))
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    running.open("net", listener)
    yield port
    running.stop()
    compute.shutdown()
    compute.server_close()


def ask(port: int, method: str, path: str, source: str = "127.0.0.1", **headers):
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=5, source_address=(source, 0)
    )
    with contextlib.closing(connection):
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_status_method_and_path_go_through(door):
    assert ask(door, "GET", "/missing")[0] == 404
    sent = json.loads(ask(door, "PUT", "/latest/api/token?x=1")[1])
    assert (sent["method"], sent["path"]) == ("PUT", "/latest/api/token?x=1")


def test_headers_of_the_guest_that_are_not_expected_stay_behind(door):
    headers = {"X-Tenant-ID": "other", "Authorization": "x", "Accept": "text/plain"}
    sent = json.loads(ask(door, "GET", "/", **headers)[1])
    assert sent["X-Tenant-ID"] == "project-1"
    assert "Authorization" not in sent
    assert sent["Accept"] == "text/plain"


def test_an_address_nobody_has_is_told_nothing(door):
    assert ask(door, "GET", "/", source="127.0.0.2")[0] == 404


def test_a_path_without_a_slash_is_refused(door):
    assert ask(door, "GET", "http://elsewhere/")[0] == 400


def test_a_network_gets_so_many_connections_and_more_when_they_end(door):
    idle = [
        socket.create_connection(("127.0.0.1", door))
        for _ in range(proxy.CONNECTIONS_PER_NETWORK + 1)
    ]
    idle[-1].settimeout(5)
    assert idle[-1].recv(1) == b""
    for connection in idle:
        connection.close()

    def answered() -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return bool(ask(door, "GET", "/")[0] == 200)
        return False

    wait_for(answered)


def test_a_guest_that_takes_too_long_is_cut_off(door, monkeypatch):
    monkeypatch.setattr(proxy, "DEADLINE_S", 0.2)
    with socket.create_connection(("127.0.0.1", door), timeout=5) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        assert slow.recv(1) == b""
