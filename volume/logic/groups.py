"""Groups of volumes: made, copied, snapshotted and removed together.

Of a group that is being made or removed, its volumes show how far it has come.
Source: Block Storage API v3, "Generic volume groups" and "Group snapshots".
"""

import builtins
import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common import paging
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import states
from volume.db import groups as queries
from volume.db import quotas, types, volumes
from volume.db.models import Group, GroupSnapshot, Snapshot, Volume
from volume.logic import orders, progress
from volume.logic.creation import Creation
from volume.logic.snapshots import Snapshots


class InvalidGroup(roots.BadRequest):
    message = "Invalid group: {reason}"


class InvalidGroupSnapshot(roots.BadRequest):
    message = "Invalid group snapshot: {reason}"


@dataclasses.dataclass(frozen=True)
class Shown:
    """A group with the ids of its volumes, and the status that both have together."""

    group: Group
    status: str
    volume_ids: Sequence[str]


class Groups:
    """quota: the configured limits.  zone: the only one there is."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        creation: Creation,
        snapshots: Snapshots,
        clock: Clock,
        *,
        quota: Mapping[str, int],
        zone: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._creation = creation
        self._snapshots = snapshots
        self._clock = clock
        self._quota = quota
        self._zone = zone

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Group:
        """Make an empty group.  wanted: name, description, group_type, volume_types.

        Raises GroupTypeNotFound, TypeNotFound, QuotaExceeded.
        """
        with self._database.transaction() as session:
            kind = queries.get_type(session, ctx, wanted["group_type"])
            allowed = [types.find(session, ctx, one).id for one in wanted["volume_types"]]
            return self._add(session, ctx, wanted, kind.id, allowed)

    def _add(
        self,
        session: orm.Session,
        ctx: RequestContext,
        wanted: Mapping[str, Any],
        kind_id: str,
        allowed: Sequence[str],
        **sources: str | None,
    ) -> Group:
        project_id = ctx.project_id or ""
        quotas.require(session, project_id, {"groups": 1}, self._quota)
        group = Group(
            id=str(uuid.uuid4()),
            project_id=project_id,
            user_id=ctx.user_id,
            name=wanted.get("name") or "",
            description=wanted.get("description"),
            status=states.AVAILABLE,
            zone=self._zone,
            group_type_id=kind_id,
            volume_types=list(allowed),
            created_at=self._clock(),
            **sources,
        )
        session.add(group)
        session.flush()
        return group

    def copy(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Group:
        """Make a group with copies of another's volumes, or of what a group snapshot holds.

        wanted: name, description, source_group_id or group_snapshot_id.
        Raises GroupNotFound, GroupSnapshotNotFound, QuotaExceeded, InvalidGroup.
        """
        with self._database.transaction() as session:
            source, parts = self._parts(session, ctx, wanted)
            group = self._add(
                session,
                ctx,
                wanted,
                source.group_type_id,
                source.volume_types,
                source_group_id=wanted.get("source_group_id"),
                source_snapshot_id=wanted.get("group_snapshot_id"),
            )
        for one in parts:
            self._creation.create(ctx, {**one, "group_id": group.id})
        return group

    def _parts(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> tuple[Group, builtins.list[dict[str, Any]]]:
        """Return the group that is copied, and what its volumes are made from."""
        if wanted.get("group_snapshot_id"):
            kept = queries.get_snapshot(session, ctx, wanted["group_snapshot_id"])
            rows = queries.snapshots_of(session, [kept.id])[kept.id]
            group = queries.get(session, ctx, kept.group_id)
            parts = [{"snapshot_id": row.id, "name": row.name} for row in rows]
        else:
            group = queries.get(session, ctx, str(wanted["source_group_id"]))
            members = queries.volumes_of(session, [group.id])[group.id]
            parts = [{"source_volid": row.id, "name": row.name} for row in members]
        if not parts:
            raise InvalidGroup(reason="the source has no volumes that could be copied.")
        return group, parts

    def list(
        self, ctx: RequestContext, page: paging.Page, offset: int, *, everywhere: bool
    ) -> builtins.list[Shown]:
        """Return a page of groups."""
        query = sa.select(Group).offset(offset)
        if not (everywhere and ctx.is_admin):
            query = query.where(Group.project_id == ctx.project_id)
        with self._database.reading() as session:
            rows = paging.fetch(session, query, queries.SORTABLE, Group.id, page)
            return _shown(session, rows)

    def get(self, ctx: RequestContext, group_id: str) -> Shown:
        """Return one group.  Raises GroupNotFound."""
        with self._database.reading() as session:
            return _shown(session, [queries.get(session, ctx, group_id)])[0]

    def update(self, ctx: RequestContext, group_id: str, changes: Mapping[str, Any]) -> None:
        """Change name, description, or which volumes belong to a group.

        changes: name, description, add, remove (volume ids).
        Raises GroupNotFound, VolumeNotFound, InvalidGroup.
        """
        with self._database.transaction() as session:
            group = queries.get(session, ctx, group_id)
            for name in ("name", "description"):
                if name in changes:
                    setattr(group, name, changes[name])
            for volume_id in changes.get("add", ()):
                self._join(volumes.get(session, ctx, volume_id), group)
            for volume_id in changes.get("remove", ()):
                volume = volumes.get(session, ctx, volume_id)
                if volume.group_id != group_id:
                    raise InvalidGroup(reason=f"volume {volume_id} does not belong to it.")
                volume.group_id = None

    def _join(self, volume: Volume, group: Group) -> None:
        if volume.group_id not in (None, group.id):
            raise InvalidGroup(
                reason=f"volume {volume.id} belongs to group {volume.group_id} already."
            )
        if volume.type_id not in group.volume_types or volume.project_id != group.project_id:
            raise InvalidGroup(
                reason=f"volume {volume.id} is of a type, or a project, that the group is not for."
            )
        volume.group_id = group.id

    def delete(self, ctx: RequestContext, group_id: str, *, with_volumes: bool) -> None:
        """Remove a group; one with volumes only together with them.

        Raises GroupNotFound, InvalidGroup, VolumeBusy.
        """
        sent = []
        with self._database.transaction() as session:
            group = queries.get(session, ctx, group_id)
            members = queries.volumes_of(session, [group_id])[group_id]
            kept = sa.select(GroupSnapshot.id).where(GroupSnapshot.group_id == group_id)
            if session.scalar(kept.limit(1)):
                raise InvalidGroup(reason=f"group {group_id} has group snapshots; delete them.")
            if members and not with_volumes:
                raise InvalidGroup(
                    reason=f"group {group_id} has {len(members)} volumes; with delete-volumes it "
                    "goes together with them."
                )
            waiting = [one for one in members if one.host is not None]
            for volume in members:
                if volume.host is None:
                    volumes.remove(session, volume)
            if not waiting:
                session.delete(group)
                return
            group.status = states.DELETING
            for volume in waiting:
                progress.begin(session, volume, states.DELETE, self._clock())
                sent.append(orders.of_volume(volume))
        for message, host in sent:
            self._bus.cast(ctx, message, host=host)

    def reset(self, ctx: RequestContext, group_id: str, status: str) -> None:
        """Set the status, for an administrator.  Raises GroupNotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, group_id).status = status

    # Group snapshots.

    def snapshot(
        self, ctx: RequestContext, group_id: str, name: str | None, description: str | None
    ) -> GroupSnapshot:
        """Have all of a group's volumes snapshotted.

        Raises GroupNotFound, InvalidGroup, QuotaExceeded.
        """
        sent = []
        with self._database.transaction() as session:
            group = queries.get(session, ctx, group_id)
            members = queries.volumes_of(session, [group_id])[group_id]
            busy = [one.id for one in members if one.verb or one.status not in _SNAPPABLE]
            if busy or not members:
                cause = f"volume {busy[0]} is busy" if busy else "it has no volumes"
                raise InvalidGroup(reason=f"group {group_id} cannot be snapshotted: {cause}.")
            made = GroupSnapshot(
                id=str(uuid.uuid4()),
                project_id=group.project_id,
                user_id=ctx.user_id,
                name=name or "",
                description=description,
                status=states.AVAILABLE,
                group_id=group_id,
                group_type_id=group.group_type_id,
                created_at=self._clock(),
            )
            session.add(made)
            session.flush()
            for volume in members:
                one = self._snapshots.add(session, ctx, volume, name, description, made.id)
                sent.append(orders.of_snapshot(one, str(volume.host)))
        for message, host in sent:
            self._bus.cast(ctx, message, host=host)
        return made

    def snapshots(
        self, ctx: RequestContext, page: paging.Page, offset: int, *, everywhere: bool
    ) -> builtins.list[tuple[GroupSnapshot, str]]:
        """Return a page of group snapshots, each with its status."""
        query = sa.select(GroupSnapshot).offset(offset)
        if not (everywhere and ctx.is_admin):
            query = query.where(GroupSnapshot.project_id == ctx.project_id)
        with self._database.reading() as session:
            sortable = queries.SNAPSHOTS_SORTABLE
            rows = paging.fetch(session, query, sortable, GroupSnapshot.id, page)
            return _with_status(session, rows)

    def get_snapshot(self, ctx: RequestContext, snapshot_id: str) -> tuple[GroupSnapshot, str]:
        """Return one group snapshot with its status.  Raises GroupSnapshotNotFound."""
        with self._database.reading() as session:
            return _with_status(session, [queries.get_snapshot(session, ctx, snapshot_id)])[0]

    def delete_snapshot(self, ctx: RequestContext, snapshot_id: str) -> None:
        """Remove a group snapshot.  Raises GroupSnapshotNotFound, SnapshotBusy."""
        sent = []
        with self._database.transaction() as session:
            made = queries.get_snapshot(session, ctx, snapshot_id)
            rows = queries.snapshots_of(session, [snapshot_id])[snapshot_id]
            copied = [one.id for one in rows if volumes.being_copied(session, snapshot_id=one.id)]
            if copied:
                raise InvalidGroupSnapshot(reason=f"snapshot {copied[0]} is being copied.")
            if not rows:
                session.delete(made)
                return
            made.status = states.DELETING
            for one in rows:
                progress.begin(session, one, states.SNAP_DELETE, self._clock())
                host = session.get_one(Volume, one.volume_id).host
                sent.append(orders.of_snapshot(one, str(host)))
        for message, host in sent:
            self._bus.cast(ctx, message, host=host)

    def reset_snapshot(self, ctx: RequestContext, snapshot_id: str, status: str) -> None:
        """Set the status, for an administrator.  Raises GroupSnapshotNotFound."""
        with self._database.transaction() as session:
            queries.get_snapshot(session, ctx, snapshot_id).status = status


_SNAPPABLE = frozenset({states.AVAILABLE, states.IN_USE})


def _shown(session: orm.Session, rows: Sequence[Group]) -> list[Shown]:
    members = queries.volumes_of(session, [row.id for row in rows])
    return [
        Shown(row, _together(row.status, members[row.id]), [one.id for one in members[row.id]])
        for row in rows
    ]


def _with_status(
    session: orm.Session, rows: Sequence[GroupSnapshot]
) -> list[tuple[GroupSnapshot, str]]:
    parts = queries.snapshots_of(session, [row.id for row in rows])
    return [(row, _together(row.status, parts[row.id])) for row in rows]


def _together(status: str, parts: Sequence[Volume] | Sequence[Snapshot]) -> str:
    """Return the status of what consists of parts, some of which may still be made."""
    if status != states.AVAILABLE:
        return status
    held = {one.status for one in parts}
    if states.CREATING in held:
        return states.CREATING
    return states.ERROR if states.ERROR in held else status
