"""The consoles' HTTP server: pages by GET, and web sockets by tokens."""

import contextlib
import logging
import socket
import socketserver
import threading
import urllib.parse
from collections.abc import Sequence
from http import HTTPStatus, cookies
from http.server import BaseHTTPRequestHandler
from typing import Any

from common.errors import CloudError
from compute.consoles import websocket
from compute.consoles.pages import Pages
from compute.consoles.redeeming import Redeemer
from compute.consoles.relay import relay
from compute.drivers.base import Consoles, GuestMissing, Stream
from compute.rpc.asking import Unanswered

LOG = logging.getLogger(__name__)
REQUEST_S = 10
SLOW_S = 30
CONNECTIONS = 512


class Server(socketserver.ThreadingTCPServer):
    """origins: names of hosts whose pages may open consoles, beside the one that was asked.

    guests: one `Consoles` for each kind of guest of this host.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        pages: Pages,
        redeemer: Redeemer,
        guests: Sequence[Consoles],
        origins: Sequence[str] = (),
    ) -> None:
        self.pages = pages
        self.redeemer = redeemer
        self.guests = tuple(guests)
        self.origins = frozenset(origin.lower() for origin in origins)
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def open(self, server_id: str, protocol: str) -> Stream:
        """Return the stream of a guest's console.  Raises GuestMissing, GuestFault."""
        for consoles in self.guests:
            if consoles.holds(server_id):
                return consoles.open(server_id, protocol)
        raise GuestMissing(server_id=server_id)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        LOG.debug("a client went away", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """One connection.  Its lines are logged nowhere: addresses hold tokens."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "consoles", ""
    timeout = REQUEST_S
    server: Server

    def do_GET(self) -> None:
        if websocket.wanted(self.headers):  # type: ignore[arg-type]
            self.close_connection = True
            self._upgrade()
            return
        page = self.server.pages.find(urllib.parse.unquote(urllib.parse.urlsplit(self.path).path))
        if page is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(page.data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.data)

    do_HEAD = do_GET

    def _upgrade(self) -> None:
        accepted = websocket.answer(self.headers)  # type: ignore[arg-type]
        if accepted is None:
            self._refuse(HTTPStatus.BAD_REQUEST)
            return
        if not self._welcome():
            LOG.warning("a page of another origin was refused a console")
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        try:
            opened = self._opened()
        except Unanswered:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        if opened is None:
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        self.send_response_only(HTTPStatus.SWITCHING_PROTOCOLS)
        for name, value in accepted.items():
            self.send_header(name, value)
        self.end_headers()
        self._serve(*opened)

    def _opened(self) -> tuple[str, str] | None:
        token = self._token()
        found = self.server.redeemer.redeem(token) if token else None
        if found is None:
            LOG.info("a token that opens nothing was refused")
        return found

    def _serve(self, server_id: str, protocol: str) -> None:
        self.connection.settimeout(SLOW_S)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client = websocket.WebSocket(self.connection, self._early())
        try:
            with contextlib.closing(self.server.open(server_id, protocol)) as guest:
                LOG.info("the %s console of server %s is opened", protocol, server_id)
                relay(client, guest)
        except CloudError as error:
            LOG.warning("the console of server %s is not opened: %s", server_id, error)
            client.close(websocket.TRY_LATER, str(error)[:100])
        LOG.info("the %s console of server %s is closed", protocol, server_id)

    def _early(self) -> bytes:
        """Return what came in one piece with the request."""
        buffered = len(self.rfile.peek(1)) if self._pending() else 0  # type: ignore[attr-defined]
        return self.rfile.read(buffered) if buffered else b""

    def _pending(self) -> bool:
        self.connection.setblocking(False)
        try:
            return bool(self.rfile.peek(1))  # type: ignore[attr-defined]
        except OSError:
            return False
        finally:
            self.connection.settimeout(SLOW_S)

    def _token(self) -> str:
        """Return the token of the address, or of the cookie that old pages send."""
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if "token" in query:
            return query["token"][0]
        with contextlib.suppress(cookies.CookieError):
            jar = cookies.SimpleCookie(self.headers.get("Cookie", ""))
            if "token" in jar:
                return jar["token"].value
        return ""

    def _welcome(self) -> bool:
        """Tell whether the page that asks may: programs have no origin, pages must have ours.

        Source: RFC 6455, 10.2.
        """
        origin = self.headers.get("Origin")
        if origin is None:
            return True
        asked = urllib.parse.urlsplit(f"//{self.headers.get('Host', '')}").hostname
        name = urllib.parse.urlsplit(origin).hostname
        return name is not None and (name == asked or name in self.server.origins)

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: see the class."""
