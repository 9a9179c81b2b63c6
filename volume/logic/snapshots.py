"""Snapshots: what a volume held at one moment."""

import builtins
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import errors, states
from volume.db import exports, quotas, volumes
from volume.db import snapshots as queries
from volume.db.models import Snapshot, Volume, VolumeType
from volume.logic import orders, progress
from volume.logic.volumes import MetadataNotFound

PROGRESSING = {
    states.CREATING: frozenset({states.CREATING, states.AVAILABLE, states.ERROR}),
    states.DELETING: frozenset({states.DELETING, states.ERROR_DELETING}),
}
"""What `os-update_snapshot_status` may make of a status."""


class Snapshots:
    """Asks for snapshots, reads and changes them.  quota: the configured limits."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, *, quota: Mapping[str, int]
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._quota = quota

    def create(
        self,
        ctx: RequestContext,
        volume_id: str,
        *,
        name: str | None,
        description: str | None,
        items: Mapping[str, str],
        force: bool,
        given: Mapping[str, str] | None = None,
    ) -> queries.Shown:
        """Have a snapshot of a volume made.  force: also while a guest uses the volume.

        given: the id and user_id that a service chose; with an id, it is made but once.
        Raises VolumeNotFound, InvalidVolume, QuotaExceeded.
        """
        chosen = given or {}
        with self._database.transaction() as session:
            known = session.get(Snapshot, chosen["id"]) if "id" in chosen else None
            if known is not None:
                return queries.with_items(session, [known])[0]
            volume = volumes.get(session, ctx, volume_id)
            _refuse(volume, force)
            snapshot = self.add(session, ctx, volume, name, description, **chosen)
            queries.set_items(session, snapshot.id, items, replace=True)
        message, host = orders.of_snapshot(snapshot, str(volume.host))
        self._bus.cast(ctx, message, host=host)
        return queries.Shown(snapshot, dict(items))

    def add(
        self,
        session: orm.Session,
        ctx: RequestContext,
        volume: Volume,
        name: str | None,
        description: str | None,
        group_snapshot_id: str | None = None,
        **chosen: str,
    ) -> Snapshot:
        """Write the row of a snapshot whose making is under way.  Raises QuotaExceeded.

        chosen: its id and user_id, where a service says so.
        """
        kind = session.get_one(VolumeType, volume.type_id)
        more = {"snapshots": 1, "gigabytes": volume.size_gib}
        quotas.require(session, volume.project_id, more, self._quota, type_name=kind.name)
        now = self._clock()
        step = "prepare" if _is_live(session, volume) else "whole"
        snapshot = Snapshot(
            id=chosen.get("id") or str(uuid.uuid4()),
            volume_id=volume.id,
            project_id=volume.project_id,
            user_id=chosen.get("user_id") or ctx.user_id,
            name=name,
            description=description,
            size_gib=volume.size_gib,
            type_id=volume.type_id,
            group_snapshot_id=group_snapshot_id,
            created_at=now,
            **progress.begun(states.SNAP, now, step=step),
        )
        session.add(snapshot)
        session.flush()
        return snapshot

    def get(self, ctx: RequestContext, snapshot_id: str) -> queries.Shown:
        """Return a snapshot the caller may see.  Raises SnapshotNotFound."""
        with self._database.reading() as session:
            return queries.with_items(session, [queries.get(session, ctx, snapshot_id)])[0]

    def list(
        self,
        conditions: Iterable[sa.ColumnElement[bool]],
        page: paging.Page,
        offset: int,
        *,
        counted: bool = False,
    ) -> tuple[builtins.list[queries.Shown], int]:
        """Return a page of snapshots, and how many there are (0 unless counted)."""
        given = tuple(conditions)
        with self._database.reading() as session:
            rows = queries.page(session, given, page, offset) if page.limit else []
            total = queries.count(session, given) if counted else 0
            return queries.with_items(session, rows), total

    def update(
        self, ctx: RequestContext, snapshot_id: str, changes: Mapping[str, Any]
    ) -> queries.Shown:
        """Change name or description.  Raises SnapshotNotFound."""
        with self._database.transaction() as session:
            snapshot = queries.get(session, ctx, snapshot_id)
            for name in ("name", "description"):
                if name in changes:
                    setattr(snapshot, name, changes[name])
            snapshot.updated_at = self._clock()
            session.flush()
            return queries.with_items(session, [snapshot])[0]

    def items(self, ctx: RequestContext, snapshot_id: str) -> dict[str, str]:
        """Return a snapshot's metadata.  Raises SnapshotNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, snapshot_id)
            return queries.items_of(session, [snapshot_id])[snapshot_id]

    def set_items(
        self, ctx: RequestContext, snapshot_id: str, items: Mapping[str, str], *, replace: bool
    ) -> dict[str, str]:
        """Give a snapshot metadata and return all it has.  Raises SnapshotNotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, snapshot_id)
            queries.set_items(session, snapshot_id, items, replace=replace)
            return queries.items_of(session, [snapshot_id])[snapshot_id]

    def delete_item(self, ctx: RequestContext, snapshot_id: str, key: str) -> None:
        """Take an item of metadata away.  Raises SnapshotNotFound, MetadataNotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, snapshot_id)
            if not queries.delete_item(session, snapshot_id, key):
                raise MetadataNotFound(owner=f"Snapshot {snapshot_id}", key=key)

    def delete(self, ctx: RequestContext, snapshot_id: str, *, force: bool = False) -> None:
        """Have a snapshot removed.  force: whatever its status.

        Raises SnapshotNotFound, SnapshotBusy, InvalidSnapshot.
        """
        with self._database.transaction() as session:
            snapshot = queries.get(session, ctx, snapshot_id)
            if snapshot.group_snapshot_id and not force:
                raise errors.InvalidSnapshot(
                    reason=f"Snapshot {snapshot_id} is part of group snapshot "
                    f"{snapshot.group_snapshot_id}; delete that."
                )
            if volumes.being_copied(session, snapshot_id=snapshot_id):
                raise errors.InvalidSnapshot(
                    reason=f"Snapshot {snapshot_id} is being copied; wait for its end."
                )
            if force:
                self._release(session, snapshot)
            progress.begin(session, snapshot, states.SNAP_DELETE, self._clock())
            host = session.get_one(Volume, snapshot.volume_id).host
        message, where = orders.of_snapshot(snapshot, str(host))
        self._bus.cast(ctx, message, host=where)

    def _release(self, session: orm.Session, snapshot: Snapshot) -> None:
        snapshot.generation += 1
        snapshot.verb, snapshot.deadline, snapshot.status = None, None, states.ERROR
        session.flush()

    def reset(self, ctx: RequestContext, snapshot_id: str, status: str) -> None:
        """Set the status, for an administrator.  Raises SnapshotNotFound."""
        with self._database.transaction() as session:
            snapshot = queries.get(session, ctx, snapshot_id)
            self._release(session, snapshot)
            snapshot.status = status

    def progress(
        self, ctx: RequestContext, snapshot_id: str, status: str, progress_said: str | None
    ) -> None:
        """Hear from compute, or from an owner's tool, how far a snapshot has come.

        While a snapshot is being made, only another service of the cloud knows that.
        Raises SnapshotNotFound, SnapshotBusy, InvalidSnapshot.
        """
        with self._database.reading() as session:
            snapshot = queries.get(session, ctx, snapshot_id)
        if snapshot.verb is not None and "service" not in ctx.roles:
            raise progress.busy(snapshot, "update", frozenset({states.CREATING}))
        if snapshot.verb == states.SNAP.name and status in (states.AVAILABLE, states.ERROR):
            self.live(ctx, snapshot_id, succeeded=status == states.AVAILABLE)
            return
        if snapshot.status not in PROGRESSING or status not in PROGRESSING[snapshot.status]:
            would = " or ".join(sorted(PROGRESSING.get(snapshot.status, {"none"})))
            raise errors.InvalidSnapshot(
                reason=f"Provided snapshot status {status} not allowed for snapshot with status "
                f"{snapshot.status}; {would} would be."
            )
        self.reset(ctx, snapshot_id, status)
        if progress_said:
            with self._database.transaction() as session:
                queries.get(session, ctx, snapshot_id).order = {"progress": progress_said}

    def live(self, ctx: RequestContext, snapshot_id: str, *, succeeded: bool) -> None:
        """Hear from compute whether the guest went on in another file, and go on accordingly.

        Raises SnapshotNotFound, and SnapshotBusy when nobody waits for that.
        """
        now = self._clock()
        with self._database.transaction() as session:
            snapshot = queries.get(session, ctx, snapshot_id)
            if snapshot.verb != states.SNAP.name or snapshot.order.get("step") != "guest":
                raise progress.busy(snapshot, "update", frozenset({states.CREATING}))
            progress.note(session, snapshot, now, step="finish" if succeeded else "cancel")
            host = session.get_one(Volume, snapshot.volume_id).host
        message, where = orders.of_snapshot(snapshot, str(host))
        self._bus.cast(ctx, message, host=where)


def _is_live(session: orm.Session, volume: Volume) -> bool:
    """Tell whether a guest's host has a part in a snapshot.

    Where a volume is served to that host, its own one lets the guest wait; not for a copy of all.
    """
    layered = volume.spec.get("format") == "qcow2"
    here = layered and exports.served(session, volume.id)
    return volume.status == states.IN_USE and not here


def _refuse(volume: Volume, force: bool) -> None:
    wanted = (states.AVAILABLE, states.IN_USE) if force else (states.AVAILABLE,)
    if volume.status not in wanted or volume.verb:
        hint = "" if force else "; with force, in-use would do, too"
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} status must be {' or '.join(wanted)}, but current status "
            f"is: {volume.status}{hint}."
        )
