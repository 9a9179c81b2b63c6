"""Placing a server: choose a host, claim from it, and keep the decision."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors
from compute.db import ledger
from compute.db.ledger_models import Aggregate, Decision
from compute.db.models import Server, ServerGroup
from compute.scheduler import choice, request


def require_zone(session: orm.Session, zone: str | None, default_zone: str) -> None:
    """Return when a zone is none, the default one, or one of an aggregate.  Raises BadRequest."""
    if not zone or zone == default_zone:
        return
    known = {one.details.get("availability_zone") for one in session.scalars(sa.select(Aggregate))}
    if zone not in known:
        raise errors.BadRequest(reason="The requested availability zone is not available")


def wanted_of(
    session: orm.Session, server: Server, flavor: Mapping[str, Any], host: str | None
) -> choice.Wanted:
    """Return what a server of a flavor needs of a host."""
    required, forbidden = request.traits_of(flavor, server.image)
    group = session.get(ServerGroup, server.group_id) if server.group_id else None
    return choice.Wanted(
        resources=request.resources_of(flavor),
        kind=request.kind_of(flavor, server.image),
        zone=server.zone_wanted,
        host=host,
        required=required,
        forbidden=forbidden,
        policy=group.policy if group else None,
        max_per_host=(group.max_server_per_host or 1) if group else 1,
        on_hosts=_members(session, server) if group else {},
        different_from=_hosts_of(session, server.hints.get("different_host"))
        | frozenset(server.order.get("tried", ())),
        same_as=_hosts_of(session, server.hints.get("same_host")),
    )


def _members(session: orm.Session, server: Server) -> dict[str, int]:
    query = (
        sa.select(Server.host, sa.func.count())
        .where(
            Server.group_id == server.group_id,
            Server.deleted_at.is_(None),
            Server.host.is_not(None),
            Server.id != server.id,
        )
        .group_by(Server.host)
    )
    return {str(host): int(count) for host, count in session.execute(query)}


def _hosts_of(session: orm.Session, hint: object) -> frozenset[str]:
    ids = [hint] if isinstance(hint, str) else hint
    if not isinstance(ids, list) or not ids:
        return frozenset()
    query = sa.select(Server.host).where(Server.id.in_(ids), Server.host.is_not(None))
    return frozenset(str(host) for host in session.scalars(query))


def place(
    session: orm.Session,
    server: Server,
    now: dt.datetime,
    *,
    down_after_s: float,
    default_zone: str,
    flavor: Mapping[str, Any] | None = None,
    host: str | None = None,
) -> tuple[choice.Candidate | None, str]:
    """Choose a host and claim from it; return it, or None and the nearest miss.

    flavor: what it is to become, where that is not what it is.  host: the only one that will do.
    Raises ProviderChanged when another claim came between; the caller begins again.
    """
    wanted = wanted_of(session, server, flavor or server.flavor, host or server.host_wanted)
    hosts = ledger.candidates(session, now, down_after_s, default_zone)
    verdict = choice.choose(hosts, wanted)
    best = verdict.fitting[0] if verdict.fitting else None
    session.add(
        Decision(
            id=str(uuid.uuid4()),
            server_id=server.id,
            host=best.host if best else None,
            passed=[list(pair) for pair in verdict.passed],
            nearest=verdict.nearest,
            created_at=now,
        )
    )
    if best is not None:
        ledger.claim(
            session,
            server.id,
            best,
            wanted.resources,
            project_id=server.project_id,
            user_id=server.user_id,
        )
    return best, verdict.nearest
