"""The consoles' proxy, with a guest that is the other end of a socket pair."""

import logging
import pathlib
import socket
import threading
from collections.abc import Iterator

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    RejectConnection,
    Request,
)

from compute.consoles.pages import Pages
from compute.consoles.server import Server
from compute.drivers.base import Consoles, GuestFault, Stream
from compute.rpc.asking import Unanswered


class Tokens:
    """Knows one token, which opens one console once."""

    def __init__(self) -> None:
        self.left = {"good": ("server", "serial")}
        self.silent = False

    def redeem(self, token: str) -> tuple[str, str] | None:
        if self.silent:
            raise Unanswered(timeout_s=0)
        return self.left.pop(token, None)


class Guest(Consoles):
    """far: the guest's own end of its console."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.off = False

    def holds(self, server_id: str) -> bool:
        return server_id == "server"

    def open(self, server_id: str, protocol: str) -> Stream:
        if self.off:
            raise GuestFault(reason="The guest is off.")
        self.near.setblocking(False)
        return Stream(self.near.fileno(), self.near.close)


def reach(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=10)


class Browser:
    """A client that speaks the whole protocol."""

    def __init__(self, server: Server, target: str, headers: list[tuple[bytes, bytes]]) -> None:
        self.link = reach(server)
        self.protocol = WSConnection(ConnectionType.CLIENT)
        host = f"127.0.0.1:{server.server_address[1]}"
        request = Request(host=host, target=target, subprotocols=["binary"], extra_headers=headers)
        self.link.sendall(self.protocol.send(request))

    def event(self) -> object:
        """Return the next thing that happens; None when the connection ended."""
        while True:
            for event in self.protocol.events():
                return event
            data = self.link.recv(65536)
            if not data:
                return None
            self.protocol.receive_data(data)

    def type(self, data: bytes) -> None:
        self.link.sendall(self.protocol.send(BytesMessage(data=data)))


class Room:
    def __init__(self, pages: pathlib.Path) -> None:
        self.tokens, self.guest = Tokens(), Guest()
        origins = ["dashboard.example"]
        self.server = Server(
            ("127.0.0.1", 0),
            Pages(pages),
            self.tokens,  # type: ignore[arg-type]
            [self.guest],
            origins,
        )

    def browser(self, target: str = "/?token=good", *headers: tuple[bytes, bytes]) -> Browser:
        return Browser(self.server, target, list(headers))

    def get(self, path: str) -> bytes:
        with reach(self.server) as link:
            link.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            return b"".join(iter(lambda: link.recv(65536), b""))


@pytest.fixture
def room(tmp_path: pathlib.Path) -> Iterator[Room]:
    pages = tmp_path / "pages"
    (pages / "app").mkdir(parents=True)
    (pages / "vnc.html").write_text("<html>noVNC</html>")
    (pages / "vnc_auto.html").symlink_to("vnc.html")
    (pages / "app/ui.js").write_text("ui()")
    (tmp_path / "secret.html").write_text("secret")
    made = Room(pages)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def test_bytes_go_both_ways_until_the_guest_ends(room: Room):
    browser = room.browser()
    accepted = browser.event()
    assert isinstance(accepted, AcceptConnection)
    assert accepted.subprotocol == "binary"
    browser.type(b"\x00typed\xff")
    assert room.guest.far.recv(100) == b"\x00typed\xff"
    room.guest.far.sendall(b"shown")
    shown = browser.event()
    assert isinstance(shown, BytesMessage)
    assert bytes(shown.data) == b"shown"
    room.guest.far.close()
    ended = browser.event()
    assert isinstance(ended, CloseConnection)
    assert ended.reason == "The console ended."


def test_a_browser_that_leaves_frees_the_guests_console(room: Room):
    browser = room.browser()
    assert isinstance(browser.event(), AcceptConnection)
    browser.link.close()
    room.guest.far.settimeout(10)
    assert room.guest.far.recv(1) == b""


def test_a_token_opens_once_and_the_refusal_has_no_body(room: Room):
    assert isinstance(room.browser().event(), AcceptConnection)
    for target in ("/?token=good", "/?token=badgood", "/", "/?token="):
        refused = room.browser(target).event()
        assert isinstance(refused, RejectConnection)
        assert refused.status_code == 403


def test_a_token_may_come_in_a_cookie(room: Room):
    browser = room.browser("/websockify", (b"Cookie", b"a=b; token=good"))
    assert isinstance(browser.event(), AcceptConnection)


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [
        (b"http://127.0.0.1:6080", True),
        (b"https://dashboard.example", True),
        (b"http://evil.example", False),
        (b"http://127.0.0.1.evil.example", False),
        (b"null", False),
    ],
)
def test_only_pages_of_known_origins_may_open_a_console(room: Room, origin, welcome):
    event = room.browser("/?token=good", (b"Origin", origin)).event()
    assert isinstance(event, AcceptConnection if welcome else RejectConnection)
    assert ("good" in room.tokens.left) is not welcome


def test_a_guest_that_is_off_says_so_by_the_web_socket(room: Room):
    room.guest.off = True
    browser = room.browser()
    assert isinstance(browser.event(), AcceptConnection)
    closed = browser.event()
    assert isinstance(closed, CloseConnection)
    assert closed.reason == "The guest is off."


def test_without_an_answer_about_the_token_nothing_opens(room: Room):
    room.tokens.silent = True
    refused = room.browser().event()
    assert isinstance(refused, RejectConnection)
    assert refused.status_code == 503


def test_pages_are_served_and_nothing_beside_them(room: Room):
    assert b"noVNC" in room.get("/vnc_auto.html?path=%3Ftoken%3Dx")
    assert b"text/javascript" in room.get("/app/ui.js")
    for path in ("/../secret.html", "/%2e%2e/secret.html", "/app", "/", "//etc/passwd"):
        assert room.get(path).startswith(b"HTTP/1.1 404"), path


def test_no_token_is_logged(room: Room, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        room.browser().event()
        room.browser("/?token=wrongtoken").event()
        room.get("/vnc_auto.html?path=%3Ftoken%3Dsecrettoken")
    assert not any(word in caplog.text for word in ("token=", "good", "wrongtoken", "secrettoken"))


def test_a_request_without_a_key_is_refused(room: Room):
    with reach(room.server) as link:
        link.sendall(b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        assert link.recv(100).startswith(b"HTTP/1.1 400")
