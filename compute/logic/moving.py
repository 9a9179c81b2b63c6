"""Moves between hosts, which this cloud refuses: a guest's disk is on its host and nowhere else."""

from typing import NoReturn

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute import errors, states
from compute.db import hosts
from compute.db import servers as queries
from compute.db.ledger_models import Host
from compute.db.models import Server
from compute.logic import progress

COLD = frozenset({states.ACTIVE, states.SHUTOFF})
LIVE = frozenset({states.ACTIVE, states.PAUSED})
EVACUATED = frozenset({states.ACTIVE, states.SHUTOFF, states.ERROR})


class Moving:
    """Says why a server stays where it is, with the status that each action has for it."""

    def __init__(self, database: Database, clock: Clock, *, host_down_s: float) -> None:
        self._database = database
        self._clock = clock
        self._host_down_s = host_down_s

    def migrate(self, ctx: RequestContext, server_id: str, host: str | None) -> None:
        """Refuse a move of a server that is stopped for it.  Raises ServerBusy, BadRequest."""
        with self._database.reading() as session:
            server = _movable(session, ctx, server_id, COLD, "migrate")
            _refuse(session, server, host)

    def migrate_live(self, ctx: RequestContext, server_id: str, host: str | None) -> None:
        """Refuse a move of a server that runs on.  Raises ServerBusy, BadRequest."""
        with self._database.reading() as session:
            server = _movable(session, ctx, server_id, LIVE, "os-migrateLive")
            _refuse(session, server, host)

    def evacuate(self, ctx: RequestContext, server_id: str, host: str | None) -> None:
        """Refuse to make a server anew elsewhere.  Raises ServerBusy, BadRequest."""
        with self._database.reading() as session:
            server = _movable(session, ctx, server_id, EVACUATED, "evacuate")
            here = server.host or ""
            if hosts.is_up(session, here, self._clock(), self._host_down_s):
                raise roots.BadRequest(reason=f"Compute service of {here} is still in use.")
            _refuse(session, server, host)


def _movable(
    session: orm.Session,
    ctx: RequestContext,
    server_id: str,
    start: frozenset[str],
    verb: str,
) -> Server:
    server = queries.get(session, ctx, server_id)
    if server.verb is not None or server.status not in start:
        raise progress.busy(server, verb)
    return server


def _refuse(session: orm.Session, server: Server, host: str | None) -> NoReturn:
    if host is not None and session.scalar(sa.select(Host).where(Host.name == host)) is None:
        raise roots.BadRequest(reason=f"Compute host {host} could not be found.")
    if host is not None and host == server.host:
        raise roots.BadRequest(reason=f"The server is on host {host} already.")
    nearest = (
        "A guest's disk is on its host alone, and no other host can take it over; make an image "
        "of the server, and a new server from that."
    )
    raise roots.BadRequest(reason=str(errors.NoValidHost(nearest=nearest)))
