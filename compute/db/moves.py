"""Queries about migrations: resizes of servers, and moves between hosts."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db, paging
from common.context import RequestContext
from compute.db.models import Migration, Server

OPEN = frozenset({"migrating", "finished", "confirming", "reverting"})
"""While a migration is one of these, the ledger holds both sizes."""
SORTABLE: dict[str, Any] = {
    "created_at": Migration.created_at,
    "updated_at": Migration.updated_at,
    "id": Migration.number,
}


def add(
    session: orm.Session,
    ctx: RequestContext,
    server: Server,
    flavor: Mapping[str, Any],
    now: dt.datetime,
    *,
    kind: str = "resize",
    dest_host: str,
) -> Migration:
    """Write down that a server begins to become another size."""
    migration = Migration(
        id=str(uuid.uuid4()),
        server_id=server.id,
        kind=kind,
        status="migrating",
        source_host=server.host or "",
        dest_host=dest_host,
        old_flavor=server.flavor,
        new_flavor=dict(flavor),
        old_status=server.status,
        user_id=ctx.user_id,
        project_id=ctx.project_id,
        created_at=now,
        updated_at=now,
    )
    session.add(migration)
    session.flush()
    return migration


def open_of(session: orm.Session, server_id: str) -> Migration | None:
    """Return the server's migration that is not over, or None."""
    query = sa.select(Migration).where(Migration.server_id == server_id, Migration.status.in_(OPEN))
    return session.scalars(query.order_by(Migration.number.desc())).first()


def close(session: orm.Session, migration: Migration, status: str, now: dt.datetime) -> bool:
    """Give an open migration another status; False when it was over."""
    step = (
        sa.update(Migration)
        .where(Migration.number == migration.number, Migration.status.in_(OPEN))
        .values(status=status, updated_at=now)
    )
    if not db.matched(session, step):
        return False
    session.refresh(migration)
    return True


def page(
    session: orm.Session, conditions: list[sa.ColumnElement[bool]], wanted: paging.Page
) -> list[Migration]:
    """Return one page of migrations.  Raises BadRequest for an unknown marker."""
    query = sa.select(Migration).where(*conditions)
    return paging.fetch(session, query, SORTABLE, Migration.id, wanted)


def of_server(session: orm.Session, server_id: str) -> list[Migration]:
    """Return all of a server's migrations, newest first."""
    query = sa.select(Migration).where(Migration.server_id == server_id)
    return list(session.scalars(query.order_by(Migration.number.desc())))


def unconfirmed(session: orm.Session, before: dt.datetime, limit: int = 100) -> list[Migration]:
    """Return the resizes that have waited for a word since before a moment."""
    query = sa.select(Migration).where(
        Migration.status == "finished", Migration.updated_at <= before
    )
    return list(session.scalars(query.order_by(Migration.updated_at).limit(limit)))
