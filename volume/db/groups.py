"""Queries about groups, their types and snapshots."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from volume import states
from volume.db.models import Group, GroupSnapshot, GroupType, Snapshot, Volume


class GroupTypeNotFound(roots.NotFound):
    message = "Group type {type_id} could not be found."


class GroupNotFound(roots.NotFound):
    message = "Group {group_id} could not be found."


class GroupSnapshotNotFound(roots.NotFound):
    message = "Group snapshot {snapshot_id} could not be found."


TYPES_SORTABLE: dict[str, Any] = {
    "id": GroupType.id,
    "name": GroupType.name,
    "created_at": GroupType.created_at,
}
SORTABLE: dict[str, Any] = {
    "id": Group.id,
    "name": Group.name,
    "status": Group.status,
    "created_at": Group.created_at,
}
SNAPSHOTS_SORTABLE: dict[str, Any] = {
    "id": GroupSnapshot.id,
    "name": GroupSnapshot.name,
    "status": GroupSnapshot.status,
    "created_at": GroupSnapshot.created_at,
}


def get_type(session: orm.Session, ctx: RequestContext, named: str) -> GroupType:
    """Return a type by id or name that the caller may use.  Raises GroupTypeNotFound."""
    seen = sa.true() if ctx.is_admin else GroupType.is_public
    query = sa.select(GroupType).where(sa.or_(GroupType.id == named, GroupType.name == named), seen)
    found = session.scalar(query)
    if found is None:
        raise GroupTypeNotFound(type_id=named)
    return found


def get(session: orm.Session, ctx: RequestContext, group_id: str) -> Group:
    """Return one group the caller may see.  Raises GroupNotFound."""
    found = session.get(Group, group_id)
    if found is None or (found.project_id != ctx.project_id and not ctx.is_admin):
        raise GroupNotFound(group_id=group_id)
    return found


def get_snapshot(session: orm.Session, ctx: RequestContext, snapshot_id: str) -> GroupSnapshot:
    """Return one group snapshot the caller may see.  Raises GroupSnapshotNotFound."""
    found = session.get(GroupSnapshot, snapshot_id)
    if found is None or (found.project_id != ctx.project_id and not ctx.is_admin):
        raise GroupSnapshotNotFound(snapshot_id=snapshot_id)
    return found


def volumes_of(session: orm.Session, group_ids: Sequence[str]) -> dict[str, list[Volume]]:
    """Return the volumes of some groups by group id, the oldest first."""
    found: dict[str, list[Volume]] = {group_id: [] for group_id in group_ids}
    query = sa.select(Volume).where(Volume.group_id.in_(group_ids))
    for volume in session.scalars(query.order_by(Volume.created_at, Volume.id)):
        found[str(volume.group_id)].append(volume)
    return found


def snapshots_of(session: orm.Session, ids: Sequence[str]) -> dict[str, list[Snapshot]]:
    """Return the snapshots of some group snapshots by their ids."""
    found: dict[str, list[Snapshot]] = {one: [] for one in ids}
    query = sa.select(Snapshot).where(Snapshot.group_snapshot_id.in_(ids))
    for snapshot in session.scalars(query.order_by(Snapshot.created_at, Snapshot.id)):
        found[str(snapshot.group_snapshot_id)].append(snapshot)
    return found


def settle(session: orm.Session, volume: Volume) -> None:
    """Remove a group that is being deleted when its last volume has gone."""
    group = session.get(Group, volume.group_id) if volume.group_id else None
    if group is None or group.status != states.DELETING:
        return
    if not volumes_of(session, [group.id])[group.id]:
        session.delete(group)
        session.flush()


def settle_snapshot(session: orm.Session, snapshot: Snapshot) -> None:
    """Remove a group snapshot that is being deleted when its last snapshot has gone."""
    owner_id = snapshot.group_snapshot_id
    owner = session.get(GroupSnapshot, owner_id) if owner_id else None
    if owner is None or owner.status != states.DELETING:
        return
    if not snapshots_of(session, [owner.id])[owner.id]:
        session.delete(owner)
        session.flush()
