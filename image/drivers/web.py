"""Data from the web, and from nowhere else: what an address leads to is looked at first.

Each name is resolved here, every address it has must be one that anybody may talk to, and the
connection goes to the very address that was looked at.  Redirections are treated the same.
"""

import dataclasses
import http.client
import ipaddress
import socket
import ssl
import urllib.parse
from collections.abc import Callable
from typing import Any

REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Refused(Exception):
    """The address may not be fetched from; the sentence says why."""


class Failed(Exception):
    """The other side does not answer, or not with data."""


@dataclasses.dataclass(frozen=True)
class Rules:
    """From where data may come.

    allow: networks that are not public and may be fetched from all the same.  deny: public ones
    that may not.  timeout_s: seconds without a byte.
    """

    schemes: tuple[str, ...] = ("http", "https")
    ports: tuple[int, ...] = (80, 443)
    allow: tuple[Network, ...] = ()
    deny: tuple[Network, ...] = ()
    timeout_s: float = 60.0

    def check(self, uri: str) -> tuple[str, str, int]:
        """Return scheme, host and port of an address.  Raises Refused."""
        try:
            parts = urllib.parse.urlsplit(uri)
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError as error:
            raise Refused(f"{uri!r} is no URL: {error}") from error
        if parts.scheme not in self.schemes:
            raise Refused(f"the scheme must be one of {', '.join(self.schemes)}")
        if not parts.hostname:
            raise Refused("it names no host")
        if parts.username is not None or parts.password is not None:
            raise Refused("it carries a user's name, which would be kept and shown")
        if port not in self.ports:
            known = ", ".join(str(one) for one in self.ports)
            raise Refused(f"the port is {port}; these would work: {known}")
        return parts.scheme, parts.hostname, port

    def may(self, address: Address) -> bool:
        """Say whether data may come from an address."""
        mapped = getattr(address, "ipv4_mapped", None)
        if mapped is not None:
            return self.may(mapped)
        if any(address in network for network in self.deny):
            return False
        if any(address in network for network in self.allow):
            return True
        return address.is_global and not address.is_multicast


class Download:
    """What an address answered with.  length: bytes, when it says so."""

    def __init__(self, connection: http.client.HTTPConnection, answer: Any) -> None:
        self._connection = connection
        self._answer = answer
        length = answer.getheader("Content-Length")
        self.length = int(length) if length and length.isdecimal() else None

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes.  Raises OSError when the other side is gone."""
        try:
            return bytes(self._answer.read(size))
        except http.client.HTTPException as error:
            raise OSError(f"the download broke off: {error!r}") from error

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def fetch(uri: str, rules: Rules, resolve: Callable[..., Any] = socket.getaddrinfo) -> Download:
    """Return what an address answers with.

    resolve: names to addresses, as socket.getaddrinfo.  Raises Refused, Failed.
    """
    for _ in range(REDIRECTS + 1):
        connection, answer = _ask(uri, rules, resolve)
        if answer.status == 200:
            return Download(connection, answer)
        connection.close()
        target = answer.getheader("Location")
        if answer.status not in _MOVED or not target:
            raise Failed(f"it answered {answer.status} {answer.reason}")
        uri = urllib.parse.urljoin(uri, target)
    raise Failed(f"it was redirected more than {REDIRECTS} times")


def _ask(
    uri: str, rules: Rules, resolve: Callable[..., Any]
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    scheme, host, port = rules.check(uri)
    address = _address(host, port, rules, resolve)
    connection = http.client.HTTPConnection(host, port, timeout=rules.timeout_s)
    parts = urllib.parse.urlsplit(uri)
    target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        sock = socket.create_connection((address, port), timeout=rules.timeout_s)
        if scheme == "https":
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        connection.sock = sock
        connection.request("GET", target, headers={"Accept-Encoding": "identity"})
        return connection, connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        raise Failed(f"it cannot be reached: {error}") from error


def _address(host: str, port: int, rules: Rules, resolve: Callable[..., Any]) -> str:
    """Return an address of a host, all of whose addresses are allowed.  Raises Refused, Failed."""
    try:
        found = resolve(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(f"the host {host} is not known") from error
    addresses = [str(each[4][0]).partition("%")[0] for each in found]
    for address in addresses:
        if not rules.may(ipaddress.ip_address(address)):
            raise Refused(f"the host {host} has an address from which no data is fetched")
    if not addresses:
        raise Failed(f"the host {host} has no address")
    return addresses[0]
