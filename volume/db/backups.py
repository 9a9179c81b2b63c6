"""Queries about backups."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common import paging
from common.context import RequestContext
from volume import states
from volume.db.models import Backup, Volume


class BackupNotFound(roots.NotFound):
    message = "Backup {backup_id} could not be found."


SORTABLE: dict[str, Any] = {
    "id": Backup.id,
    "name": Backup.name,
    "status": Backup.status,
    "volume_id": Backup.volume_id,
    "size": Backup.size_gib,
    "created_at": Backup.created_at,
    "updated_at": Backup.updated_at,
    "project_id": Backup.project_id,
}


def mine(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that only shows the caller's own rows; an administrator sees all."""
    return sa.true() if ctx.is_admin else Backup.project_id == ctx.project_id


def get(session: orm.Session, ctx: RequestContext, backup_id: str) -> Backup:
    """Return one backup the caller may see.  Raises BackupNotFound."""
    found = session.scalar(sa.select(Backup).where(Backup.id == backup_id, mine(ctx)))
    if found is None:
        raise BackupNotFound(backup_id=backup_id)
    return found


def page(
    session: orm.Session,
    conditions: Iterable[sa.ColumnElement[bool]],
    wanted: paging.Page,
    offset: int,
) -> list[Backup]:
    """Return one page of backups.  Raises MarkerNotFound."""
    query = sa.select(Backup).where(*conditions).offset(offset)
    return paging.fetch(session, query, SORTABLE, Backup.id, wanted)


def count(session: orm.Session, conditions: Iterable[sa.ColumnElement[bool]]) -> int:
    """Return how many there are on all pages."""
    query = sa.select(sa.func.count()).select_from(Backup).where(*conditions)
    return int(session.scalar(query) or 0)


def parents_among(session: orm.Session, ids: Sequence[str]) -> set[str]:
    """Return those of some backups on which others lie."""
    query = sa.select(Backup.parent_id).where(Backup.parent_id.in_(ids))
    return {str(one) for one in session.scalars(query)}


def newest(session: orm.Session, volume_id: str) -> Backup | None:
    """Return a volume's newest backup that is whole."""
    query = sa.select(Backup).where(
        Backup.volume_id == volume_id, Backup.status == states.AVAILABLE
    )
    return session.scalars(query.order_by(Backup.data_at.desc()).limit(1)).first()


def shares_data(session: orm.Session, backup: Backup) -> bool:
    """Tell whether another backup, imported, has the same data."""
    query = sa.select(Backup.id).where(Backup.data_id == backup.data_id, Backup.id != backup.id)
    return session.scalar(query.limit(1)) is not None


def waiting_for(session: orm.Session, snapshot_id: str) -> Backup | None:
    """Return the backup that a temporary snapshot is for."""
    return session.scalar(sa.select(Backup).where(Backup.temporary_id == snapshot_id))


def drives(session: orm.Session, volume: Volume) -> bool:
    """Tell whether the backup that a volume's verb belongs to is still under way."""
    backup = session.get(Backup, volume.order.get("backup_id", ""))
    return backup is not None and backup.verb is not None


def overdue(session: orm.Session, now: dt.datetime) -> list[Backup]:
    """Return the backups whose verb has been under way for too long."""
    query = sa.select(Backup).where(Backup.deadline < now)
    return list(session.scalars(query.order_by(Backup.deadline).limit(200)))
