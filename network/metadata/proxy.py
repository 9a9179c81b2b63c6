"""Requests from guests, passed on with the name of the server that asks.

One thread accepts for all networks; each connection carries one request on a thread of its own.
A network gets few connections at a time, each with a deadline, so that no tenant can hold up
the others.
"""

import contextlib
import hashlib
import hmac
import http.client
import logging
import os
import selectors
import socket
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from network.metadata.directory import Port

LOG = logging.getLogger(__name__)

CONNECTIONS_PER_NETWORK = 16
DEADLINE_S = 30.0
IDLE_S = 10.0
BODY_LIMIT = 64 * 1024
ANSWER_LIMIT = 16 * 1024 * 1024
PASSED_ON = ("Accept", "Content-Type", "User-Agent")
PASSED_BACK = ("Content-Type", "Retry-After", "ETag", "Cache-Control")

Finder = Callable[[str, str], Port | None]


def identity(port: Port, address: str, secret: bytes) -> dict[str, str]:
    """The headers by which compute knows who asks, and that it is us who say so."""
    signature = hmac.new(secret, port.device_id.encode(), hashlib.sha256).hexdigest()
    return {
        "X-Instance-ID": port.device_id,
        "X-Tenant-ID": port.project_id,
        "X-Forwarded-For": address,
        "X-Instance-ID-Signature": signature,
    }


class Refused(Exception):
    """A request that is answered here, with a status and a sentence."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Upstream:
    """Compute's metadata service.  url: such as http://127.0.0.1:8775."""

    def __init__(self, url: str, secret: str, find: Finder) -> None:
        parts = urllib.parse.urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 8775
        self._secret = secret.encode()
        self._find = find

    def ask(
        self, network_id: str, address: str, method: str, path: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """The answer to a guest's request: status, headers and body.

        Raises Refused when no guest has the address, or compute doesn't answer.
        """
        port = self._find(network_id, address)
        if port is None:
            raise Refused(HTTPStatus.NOT_FOUND, "No server has this address.")
        sent = {name: headers[name] for name in PASSED_ON if headers.get(name)}
        sent |= identity(port, address, self._secret)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=IDLE_S)
        try:
            connection.request(method, path, body or None, sent)
            answer = connection.getresponse()
            content = answer.read(ANSWER_LIMIT)
            back = {name: value for name in PASSED_BACK if (value := answer.getheader(name))}
            return answer.status, back, content
        except (OSError, http.client.HTTPException, ValueError) as error:
            LOG.warning("metadata of server %s is not to be had: %s", port.device_id, error)
            reason = "The metadata service does not answer; try again."
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, reason) from error
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    """One request.  `server` is the proxy's Door it came in by."""

    timeout = IDLE_S
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "metadata", ""
    server: Any

    def _pass_on(self) -> None:
        door: Door = self.server
        try:
            body = self._body()
            if not self.path.startswith("/"):
                raise Refused(HTTPStatus.BAD_REQUEST, "The path must begin with a slash.")
            address = self.client_address[0]
            status, headers, content = door.upstream.ask(
                door.network_id, address, self.command, self.path, self.headers, body
            )
        except Refused as refusal:
            status, headers = refusal.status, {"Content-Type": "text/plain; charset=utf-8"}
            content = refusal.reason.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or self.headers.get("Transfer-Encoding"):
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "The length of the body must be told.")
        if int(length) > BODY_LIMIT:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"At most {BODY_LIMIT} bytes.")
        return self.rfile.read(int(length))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _pass_on

    def log_message(self, format: str, *args: Any) -> None:
        LOG.debug(format, *args)


class Door:
    """One network's listening socket."""

    def __init__(self, network_id: str, listener: socket.socket, upstream: Upstream) -> None:
        self.network_id, self.listener, self.upstream = network_id, listener, upstream


class Proxy:
    """All doors, and the thread that opens to whoever knocks."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._selector = selectors.DefaultSelector()
        self._doors: dict[str, Door] = {}
        self._open: dict[socket.socket, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="metadata-door", daemon=True)
        self._thread.start()

    def doors(self) -> set[str]:
        """Ids of the networks that are answered."""
        return set(self._doors)

    def open(self, network_id: str, listener: socket.socket) -> None:
        """Answer whoever connects to this socket as a guest of the network."""
        listener.setblocking(False)
        door = Door(network_id, listener, self._upstream)
        self._doors[network_id] = door
        self._selector.register(listener, selectors.EVENT_READ, door)
        os.eventfd_write(self._wake, 1)

    def shut(self, network_id: str) -> None:
        """Answer the network no longer."""
        door = self._doors.pop(network_id, None)
        if door is not None:
            self._selector.unregister(door.listener)
            door.listener.close()

    def stop(self) -> None:
        self._stopping = True
        os.eventfd_write(self._wake, 1)
        self._thread.join(timeout=5)
        for network_id in self.doors():
            self.shut(network_id)

    def _accept(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select(timeout=1.0 if self._open else None):
                if key.data is None:
                    with contextlib.suppress(BlockingIOError):
                        os.eventfd_read(self._wake)
                else:
                    self._admit(key.data)
            self._cut_late()

    def _admit(self, door: Door) -> None:
        try:
            connection, address = door.listener.accept()
        except OSError:  # gone already, or its door was just shut
            return
        with self._lock:
            busy = Counter(network_id for network_id, _ in self._open.values())
            if busy[door.network_id] >= CONNECTIONS_PER_NETWORK:
                connection.close()
                return
            self._open[connection] = (door.network_id, time.monotonic() + DEADLINE_S)
        threading.Thread(target=self._serve, args=(door, connection, address), daemon=True).start()

    def _serve(self, door: Door, connection: socket.socket, address: Any) -> None:
        try:
            _Handler(connection, address, door)  # type: ignore[arg-type]
        except OSError as error:
            LOG.debug("a guest at %s went away: %s", address, error)
        finally:
            with self._lock:
                self._open.pop(connection, None)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            connection.close()

    def _cut_late(self) -> None:
        now = time.monotonic()
        with self._lock:
            late = [connection for connection, (_, until) in self._open.items() if now > until]
        for connection in late:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
