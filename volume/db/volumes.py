"""Queries about volumes and their metadata."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.context import RequestContext
from volume import errors, states
from volume.db import services
from volume.db.models import Attachment, Snapshot, Volume, VolumeItem, VolumeType


@dataclasses.dataclass(frozen=True)
class Shown:
    """A volume with what belongs to it.  cluster: of its host, None for one in no cluster."""

    volume: Volume
    type_name: str
    items: Mapping[str, str]
    attachments: Sequence[Attachment]
    cluster: str | None = None


def mine(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that only shows the caller's own rows; an administrator sees all."""
    return sa.true() if ctx.is_admin else Volume.project_id == ctx.project_id


def get(session: orm.Session, ctx: RequestContext, volume_id: str) -> Volume:
    """Return one volume the caller may see.  Raises VolumeNotFound."""
    found = session.scalar(sa.select(Volume).where(Volume.id == volume_id, mine(ctx)))
    if found is None:
        raise errors.VolumeNotFound(volume_id=volume_id)
    return found


SORTABLE: dict[str, Any] = {
    "id": Volume.id,
    "name": Volume.name,
    "display_name": Volume.name,
    "size": Volume.size_gib,
    "status": Volume.status,
    "created_at": Volume.created_at,
    "updated_at": Volume.updated_at,
    "availability_zone": Volume.zone,
    "bootable": Volume.bootable,
    "host": Volume.host,
    "project_id": Volume.project_id,
    "user_id": Volume.user_id,
    "volume_type_id": Volume.type_id,
    "group_id": Volume.group_id,
}


def page(
    session: orm.Session,
    conditions: Iterable[sa.ColumnElement[bool]],
    wanted: paging.Page,
    offset: int,
) -> list[Volume]:
    """Return one page of volumes.  Raises BadRequest for an unknown marker."""
    query = sa.select(Volume).where(*conditions).offset(offset)
    return paging.fetch(session, query, SORTABLE, Volume.id, wanted)


def count(session: orm.Session, conditions: Iterable[sa.ColumnElement[bool]]) -> int:
    """Return how many there are on all pages."""
    query = sa.select(sa.func.count()).select_from(Volume).where(*conditions)
    return int(session.scalar(query) or 0)


def has_items(wanted: Mapping[str, str]) -> sa.ColumnElement[bool]:
    """Return the condition that a volume has all these items of metadata."""
    each = (
        sa.exists().where(
            VolumeItem.volume_id == Volume.id, VolumeItem.key == key, VolumeItem.value == value
        )
        for key, value in wanted.items()
    )
    return sa.and_(sa.true(), *each)


def items_of(session: orm.Session, volume_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the metadata of some volumes by volume id."""
    found: dict[str, dict[str, str]] = {volume_id: {} for volume_id in volume_ids}
    query = sa.select(VolumeItem).where(VolumeItem.volume_id.in_(volume_ids))
    for item in session.scalars(query):
        found[item.volume_id][item.key] = item.value
    return found


def set_items(
    session: orm.Session, volume_id: str, items: Mapping[str, str], *, replace: bool
) -> None:
    """Give a volume these items of metadata.  replace: whether it keeps no others."""
    if replace:
        session.execute(sa.delete(VolumeItem).where(VolumeItem.volume_id == volume_id))
    for key, value in items.items():
        session.merge(VolumeItem(volume_id=volume_id, key=key, value=value))
    session.flush()


def delete_item(session: orm.Session, volume_id: str, key: str) -> bool:
    """Take one item of metadata away; False when there was none."""
    gone = sa.delete(VolumeItem).where(VolumeItem.volume_id == volume_id, VolumeItem.key == key)
    return bool(session.execute(gone).rowcount)  # type: ignore[attr-defined]


def attachments_of(session: orm.Session, volume_ids: Sequence[str]) -> dict[str, list[Attachment]]:
    """Return the attachments of some volumes by volume id, the oldest first."""
    found: dict[str, list[Attachment]] = {volume_id: [] for volume_id in volume_ids}
    query = sa.select(Attachment).where(Attachment.volume_id.in_(volume_ids))
    for attachment in session.scalars(query.order_by(Attachment.created_at, Attachment.id)):
        found[attachment.volume_id].append(attachment)
    return found


def type_names(session: orm.Session, type_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of some types by id."""
    query = sa.select(VolumeType.id, VolumeType.name).where(VolumeType.id.in_(set(type_ids)))
    return {str(one): str(name) for one, name in session.execute(query)}


def with_parts(session: orm.Session, rows: Sequence[Volume]) -> list[Shown]:
    """Return volumes with what belongs to them, by one query a kind of part."""
    ids = [row.id for row in rows]
    items = items_of(session, ids)
    attachments = attachments_of(session, ids)
    names = type_names(session, (row.type_id for row in rows))
    clusters = services.clusters(session)
    return [
        Shown(
            row,
            names[row.type_id],
            items[row.id],
            attachments[row.id],
            clusters.get(row.host or ""),
        )
        for row in rows
    ]


def snapshots_of(session: orm.Session, volume_id: str) -> list[Snapshot]:
    """Return the snapshots of a volume, the oldest first."""
    query = sa.select(Snapshot).where(Snapshot.volume_id == volume_id)
    return list(session.scalars(query.order_by(Snapshot.created_at, Snapshot.id)))


def being_copied(session: orm.Session, *, snapshot_id: str = "", volume_id: str = "") -> bool:
    """Tell whether a volume is being made from this snapshot or volume now."""
    source = (
        Volume.source_snapshot_id == snapshot_id
        if snapshot_id
        else Volume.source_volume_id == volume_id
    )
    query = sa.select(Volume.id).where(source, Volume.verb == states.CREATE.name).limit(1)
    return session.scalar(query) is not None


def overdue(session: orm.Session, now: dt.datetime) -> list[Volume]:
    """Return the volumes whose verb has been under way for too long."""
    query = sa.select(Volume).where(Volume.deadline < now).order_by(Volume.deadline).limit(200)
    return list(session.scalars(query))


def replacements(session: orm.Session) -> list[Volume]:
    """Return the volumes that take others' places, and that nothing happens with now."""
    query = sa.select(Volume).where(Volume.replacement_of.is_not(None), Volume.verb.is_(None))
    return list(session.scalars(query.limit(200)))


def of_host(session: orm.Session, host: str) -> set[str]:
    """Return the ids of the volumes that are on a host."""
    return set(session.scalars(sa.select(Volume.id).where(Volume.host == host)))


def remove(session: orm.Session, volume: Volume) -> None:
    """Remove a volume's row and what belongs to it."""
    session.execute(sa.delete(VolumeItem).where(VolumeItem.volume_id == volume.id))
    session.execute(sa.delete(Attachment).where(Attachment.volume_id == volume.id))
    session.delete(volume)
    session.flush()
