"""The server's end of a web socket on a connection whose HTTP request has been read."""

import base64
import hashlib
import select
import socket
from collections.abc import Iterator, Mapping

from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, Ping
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

SUBPROTOCOL = "binary"
NORMAL, GOING_AWAY, TRY_LATER = 1000, 1001, 1013
_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CHUNK = 1 << 16


class Gone(Exception):
    """The other end closed, or broke the protocol."""


def wanted(headers: Mapping[str, str]) -> bool:
    """Tell whether a request asks for a web socket.  Source: RFC 6455, 4.2.1."""
    steps = [step.strip().lower() for step in headers.get("Connection", "").split(",")]
    return "upgrade" in steps and headers.get("Upgrade", "").lower() == "websocket"


def answer(headers: Mapping[str, str]) -> dict[str, str] | None:
    """Return the headers that accept a web socket; None when the request lacks what it needs.

    Source: RFC 6455, 4.2.2.
    """
    key = headers.get("Sec-WebSocket-Key", "").strip()
    if not key or headers.get("Sec-WebSocket-Version", "").strip() != "13":
        return None
    accept = hashlib.sha1(key.encode() + _MAGIC, usedforsecurity=False).digest()
    found = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(accept).decode(),
    }
    offered = [one.strip() for one in headers.get("Sec-WebSocket-Protocol", "").split(",")]
    if SUBPROTOCOL in offered:
        found["Sec-WebSocket-Protocol"] = SUBPROTOCOL
    return found


class WebSocket:
    """One open web socket.  read: bytes that came with the request already."""

    def __init__(self, link: socket.socket, read: bytes = b"") -> None:
        self._link = link
        self._protocol = Connection(ConnectionType.SERVER)
        self._early = read

    def fileno(self) -> int:
        return self._link.fileno()

    @property
    def waiting(self) -> bool:
        """Whether there is something to receive without looking at the connection."""
        return bool(self._early)

    def receive(self) -> Iterator[bytes]:
        """Give what the client sent, in pieces; blocks until there is something.  Raises Gone."""
        data, self._early = self._early or self._recv(), b""
        try:
            self._protocol.receive_data(data or None)
            for event in self._protocol.events():
                if isinstance(event, Message):
                    raw = event.data
                    yield raw.encode() if isinstance(raw, str) else bytes(raw)
                elif isinstance(event, Ping):
                    self._link.sendall(self._protocol.send(event.response()))
                elif isinstance(event, CloseConnection):
                    if self._protocol.state is ConnectionState.REMOTE_CLOSING:
                        self._link.sendall(self._protocol.send(event.response()))
                    raise Gone
        except (OSError, RemoteProtocolError, LocalProtocolError) as error:
            raise Gone from error
        if not data:
            raise Gone

    def send(self, data: bytes) -> None:
        """Send one message.  Raises Gone, also when the client does not take it in time."""
        try:
            self._link.sendall(self._protocol.send(Message(data=data)))  # type: ignore[type-var]
        except (OSError, LocalProtocolError) as error:
            raise Gone from error

    def ping(self) -> None:
        """Ask whether the client is there; one that is not will be gone.  Raises Gone."""
        try:
            self._link.sendall(self._protocol.send(Ping()))
        except (OSError, LocalProtocolError) as error:
            raise Gone from error

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye, and wait a moment for the client's."""
        try:
            self._link.sendall(self._protocol.send(CloseConnection(code=code, reason=reason)))
            self._link.shutdown(socket.SHUT_WR)
            while select.select([self._link], [], [], 1)[0] and self._link.recv(_CHUNK):
                pass
        except (OSError, LocalProtocolError):
            return

    def _recv(self) -> bytes:
        try:
            return self._link.recv(_CHUNK)
        except OSError as error:
            raise Gone from error
