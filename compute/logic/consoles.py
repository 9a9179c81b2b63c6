"""Leave to open a server's console in a browser: asked for here, used once at the host's proxy."""

import dataclasses
import datetime as dt
import secrets
import urllib.parse

import sqlalchemy as sa

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute import states
from compute.db import consoles as tokens
from compute.db import servers as queries
from compute.db.ledger_models import Host
from compute.db.models import Server
from compute.scheduler import request

OPEN = frozenset({states.ACTIVE, states.PAUSED, "RESCUE", "PASSWORD", "REBOOT", "HARD_REBOOT"})
"""Statuses of servers whose guest is there to be looked at."""
OFFERED = {
    "kvm": {"novnc": "vnc", "serial": "serial"},
    "container": {"serial": "serial"},
}
"""Kinds of console and their protocols, by the kind of guest."""
LOST = ("", "")


class ConsoleTypeUnavailable(roots.BadRequest):
    message = "Unavailable console type {kind}. {offer}"


class InstanceNotReady(roots.Conflict):
    message = "Instance {server_id} is not ready: it is {status}."


class TokenNotFound(roots.NotFound):
    message = "Token not found."


class TokenNotShown(roots.Unauthorized):
    message = "The requested console type details are not accessible"


@dataclasses.dataclass(frozen=True)
class Connection:
    """Where a token leads.  host, port: of the proxy that takes it."""

    server_id: str
    host: str
    port: int


class RemoteConsoles:
    """Gives out tokens, and takes them."""

    def __init__(self, database: Database, clock: Clock, *, lifetime_s: int) -> None:
        self._database = database
        self._clock = clock
        self._lifetime_s = lifetime_s

    def create(self, ctx: RequestContext, server_id: str, protocol: str, kind: str) -> str:
        """Return the URL that opens the console once, for a while.

        Raises ServerNotFound, InstanceNotReady, ConsoleTypeUnavailable.
        """
        now = self._clock()
        token = secrets.token_urlsafe(32)
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            _check(server, protocol, kind)
            host = session.scalar(sa.select(Host).where(Host.name == server.host))
            base = str(host.facts.get("console_url", "")) if host else ""
            if not base:
                raise ConsoleTypeUnavailable(kind=kind, offer="The server's host has no proxy.")
            tokens.drop_expired(session, now)
            session.add(
                tokens.ConsoleToken(
                    hash=tokens.digest(token),
                    server_id=server.id,
                    host=server.host or "",
                    protocol=protocol,
                    kind=kind,
                    expires_at=now + dt.timedelta(seconds=self._lifetime_s),
                )
            )
        return address(base, kind, token)

    def show(self, token: str, *, serial_too: bool) -> Connection:
        """Return where a token leads, without using it.

        serial_too: whether kinds other than RDP may be shown, from 2.31 on.
        Raises TokenNotFound, TokenNotShown.
        """
        with self._database.reading() as session:
            found = tokens.find(session, tokens.digest(token), self._clock())
            if found is None:
                raise TokenNotFound()
            if not serial_too:
                raise TokenNotShown()
            host = session.scalar(sa.select(Host).where(Host.name == found.host))
            base = urllib.parse.urlsplit(str(host.facts.get("console_url", "")) if host else "")
        return Connection(found.server_id, found.host, base.port or 80)

    def redeem(self, hashed: str, host: str) -> tuple[str, str]:
        """Use a token up; return the server and the protocol, or LOST when it opens nothing here.

        host: whose proxy asks.
        """
        with self._database.transaction() as session:
            found = tokens.find(session, hashed, self._clock())
            if found is None or found.host != host or not tokens.use(session, found):
                return LOST
            server = queries.find(session, found.server_id)
            if server is None or server.deleted_at or server.host != host:
                return LOST
            return found.server_id, found.protocol


def _check(server: Server, protocol: str, kind: str) -> None:
    offered = OFFERED[request.kind_of(server.flavor, server.image)]
    if offered.get(kind) != protocol:
        pairs = ", ".join(f"{one} (protocol {by})" for one, by in offered.items())
        offer = f"A server of this kind offers: {pairs}."
        raise ConsoleTypeUnavailable(kind=kind, offer=offer)
    if server.host is None or server.status not in OPEN:
        raise InstanceNotReady(server_id=server.id, status=server.status)


def address(base: str, kind: str, token: str) -> str:
    """Return a console's URL as clients know its form: a page for noVNC, a web socket for serial.

    base: the proxy's, such as `http://127.0.0.1:6080`.
    """
    if kind == "novnc":
        path = urllib.parse.quote(f"?token={token}", safe="")
        return f"{base}/vnc_auto.html?path={path}"
    return f"ws{base.removeprefix('http')}/?token={token}"
