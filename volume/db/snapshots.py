"""Queries about snapshots and their metadata."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.context import RequestContext
from volume import errors
from volume.db.models import Snapshot, SnapshotItem


@dataclasses.dataclass(frozen=True)
class Shown:
    """A snapshot with its metadata."""

    snapshot: Snapshot
    items: Mapping[str, str]


def mine(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that only shows the caller's own rows; an administrator sees all."""
    return sa.true() if ctx.is_admin else Snapshot.project_id == ctx.project_id


def get(session: orm.Session, ctx: RequestContext, snapshot_id: str) -> Snapshot:
    """Return one snapshot the caller may see.  Raises SnapshotNotFound."""
    found = session.scalar(sa.select(Snapshot).where(Snapshot.id == snapshot_id, mine(ctx)))
    if found is None:
        raise errors.SnapshotNotFound(snapshot_id=snapshot_id)
    return found


SORTABLE: dict[str, Any] = {
    "id": Snapshot.id,
    "name": Snapshot.name,
    "display_name": Snapshot.name,
    "status": Snapshot.status,
    "created_at": Snapshot.created_at,
    "updated_at": Snapshot.updated_at,
    "volume_id": Snapshot.volume_id,
    "volume_size": Snapshot.size_gib,
    "project_id": Snapshot.project_id,
    "user_id": Snapshot.user_id,
}


def page(
    session: orm.Session,
    conditions: Iterable[sa.ColumnElement[bool]],
    wanted: paging.Page,
    offset: int,
) -> list[Snapshot]:
    """Return one page of snapshots.  Raises BadRequest for an unknown marker."""
    query = sa.select(Snapshot).where(*conditions).offset(offset)
    return paging.fetch(session, query, SORTABLE, Snapshot.id, wanted)


def count(session: orm.Session, conditions: Iterable[sa.ColumnElement[bool]]) -> int:
    """Return how many there are on all pages."""
    query = sa.select(sa.func.count()).select_from(Snapshot).where(*conditions)
    return int(session.scalar(query) or 0)


def has_items(wanted: Mapping[str, str]) -> sa.ColumnElement[bool]:
    """Return the condition that a snapshot has all these items of metadata."""
    each = (
        sa.exists().where(
            SnapshotItem.snapshot_id == Snapshot.id,
            SnapshotItem.key == key,
            SnapshotItem.value == value,
        )
        for key, value in wanted.items()
    )
    return sa.and_(sa.true(), *each)


def items_of(session: orm.Session, snapshot_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the metadata of some snapshots by snapshot id."""
    found: dict[str, dict[str, str]] = {snapshot_id: {} for snapshot_id in snapshot_ids}
    query = sa.select(SnapshotItem).where(SnapshotItem.snapshot_id.in_(snapshot_ids))
    for item in session.scalars(query):
        found[item.snapshot_id][item.key] = item.value
    return found


def set_items(
    session: orm.Session, snapshot_id: str, items: Mapping[str, str], *, replace: bool
) -> None:
    """Give a snapshot these items of metadata.  replace: whether it keeps no others."""
    if replace:
        session.execute(sa.delete(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot_id))
    for key, value in items.items():
        session.merge(SnapshotItem(snapshot_id=snapshot_id, key=key, value=value))
    session.flush()


def delete_item(session: orm.Session, snapshot_id: str, key: str) -> bool:
    """Take one item of metadata away; False when there was none."""
    gone = sa.delete(SnapshotItem).where(
        SnapshotItem.snapshot_id == snapshot_id, SnapshotItem.key == key
    )
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def with_items(session: orm.Session, rows: Sequence[Snapshot]) -> list[Shown]:
    """Return snapshots with their metadata, by one query."""
    items = items_of(session, [row.id for row in rows])
    return [Shown(row, items[row.id]) for row in rows]


def overdue(session: orm.Session, now: dt.datetime) -> list[Snapshot]:
    """Return the snapshots whose verb has been under way for too long."""
    query = sa.select(Snapshot).where(Snapshot.deadline < now)
    return list(session.scalars(query.order_by(Snapshot.deadline).limit(200)))


def remove(session: orm.Session, snapshot: Snapshot) -> None:
    """Remove a snapshot's row and its metadata."""
    session.execute(sa.delete(SnapshotItem).where(SnapshotItem.snapshot_id == snapshot.id))
    session.delete(snapshot)
    session.flush()
