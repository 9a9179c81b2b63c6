"""Volumes as their owners see them: lists, changes, metadata, deletion."""

import builtins
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common import paging
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import errors, states
from volume.db import types
from volume.db import volumes as queries
from volume.db.models import Attachment, Snapshot, Volume
from volume.logic import orders, progress

ATTACHED = frozenset({states.IN_USE, states.ATTACHING, states.DETACHING, states.RESERVED})
SNAPSHOT_STARTS = states.SNAP_DELETE.start


class Volumes:
    """Reads and changes volumes."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def get(self, ctx: RequestContext, volume_id: str) -> queries.Shown:
        """Return a volume the caller may see.  Raises VolumeNotFound."""
        with self._database.reading() as session:
            return queries.with_parts(session, [queries.get(session, ctx, volume_id)])[0]

    def list(
        self,
        conditions: Iterable[sa.ColumnElement[bool]],
        page: paging.Page,
        offset: int,
        *,
        counted: bool = False,
    ) -> tuple[builtins.list[queries.Shown], int]:
        """Return a page of volumes, and how many there are (0 unless counted)."""
        given = tuple(conditions)
        with self._database.reading() as session:
            rows = queries.page(session, given, page, offset) if page.limit else []
            total = queries.count(session, given) if counted else 0
            return queries.with_parts(session, rows), total

    def summary(
        self, conditions: Iterable[sa.ColumnElement[bool]]
    ) -> tuple[int, int, dict[str, builtins.list[str]]]:
        """Return how many volumes there are, their GiB, and their metadata's values by key."""
        given = tuple(conditions)
        with self._database.reading() as session:
            ids = list(session.scalars(sa.select(Volume.id).where(*given)))
            total = session.scalar(sa.select(sa.func.sum(Volume.size_gib)).where(*given)) or 0
            values: dict[str, set[str]] = {}
            for items in queries.items_of(session, ids).values():
                for key, value in items.items():
                    values.setdefault(key, set()).add(value)
        return len(ids), int(total), {key: sorted(found) for key, found in values.items()}

    def update(
        self, ctx: RequestContext, volume_id: str, changes: Mapping[str, Any]
    ) -> queries.Shown:
        """Change name, description or metadata.  Raises VolumeNotFound."""
        with self._database.transaction() as session:
            volume = queries.get(session, ctx, volume_id)
            for name in ("name", "description"):
                if name in changes:
                    setattr(volume, name, changes[name])
            if "metadata" in changes:
                queries.set_items(session, volume_id, changes["metadata"], replace=True)
            volume.updated_at = self._clock()
            session.flush()
            return queries.with_parts(session, [volume])[0]

    def items(self, ctx: RequestContext, volume_id: str) -> dict[str, str]:
        """Return a volume's metadata, the cloud's own included.  Raises VolumeNotFound."""
        with self._database.reading() as session:
            volume = queries.get(session, ctx, volume_id)
            return queries.items_of(session, [volume_id])[volume_id] | volume.admin_details

    def encryption(self, ctx: RequestContext, volume_id: str) -> dict[str, Any]:
        """Return how a volume is encrypted; nothing for a plain one.  Raises VolumeNotFound."""
        with self._database.reading() as session:
            volume = queries.get(session, ctx, volume_id)
            how = types.encryption_of(session, volume.type_id) if volume.encrypted else None
            if how is None:
                return {}
            return {
                "encryption_key_id": volume.key_id,
                "provider": how.provider,
                "control_location": how.control_location,
                "cipher": how.cipher,
                "key_size": how.key_size,
            }

    def set_items(
        self, ctx: RequestContext, volume_id: str, items: Mapping[str, str], *, replace: bool
    ) -> dict[str, str]:
        """Give a volume metadata and return all it has.  Raises VolumeNotFound, InvalidVolume."""
        with self._database.transaction() as session:
            volume = queries.get(session, ctx, volume_id)
            if volume.status in (states.MAINTENANCE, "uploading"):
                raise errors.InvalidVolume(
                    reason=f"The metadata of a volume with status {volume.status} cannot change."
                )
            queries.set_items(session, volume_id, items, replace=replace)
            return queries.items_of(session, [volume_id])[volume_id]

    def delete_item(self, ctx: RequestContext, volume_id: str, key: str) -> None:
        """Take an item of metadata away.  Raises VolumeNotFound, MetadataNotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, volume_id)
            if not queries.delete_item(session, volume_id, key):
                raise MetadataNotFound(owner=f"Volume {volume_id}", key=key)

    def delete(
        self, ctx: RequestContext, volume_id: str, *, cascade: bool = False, force: bool = False
    ) -> None:
        """Have a volume removed.  cascade: with its snapshots.  force: whatever its status.

        Raises VolumeNotFound, InvalidVolume, VolumeBusy.
        """
        now = self._clock()
        sent = []
        with self._database.transaction() as session:
            volume = queries.get(session, ctx, volume_id)
            snapshots = queries.snapshots_of(session, volume_id)
            _refuse_delete(session, volume, snapshots, cascade=cascade, force=force)
            if force:
                release(session, volume)
            if volume.host is None:
                queries.remove(session, volume)
                return
            progress.begin(session, volume, states.DELETE, now, after=[s.id for s in snapshots])
            for snapshot in snapshots:
                progress.begin(session, snapshot, states.SNAP_DELETE, now)
                sent.append(orders.of_snapshot(snapshot, volume.host))
            if not snapshots:
                sent.append(orders.of_volume(volume))
        for message, host in sent:
            self._bus.cast(ctx, message, host=host)


class MetadataNotFound(roots.NotFound):
    message = "{owner} has no metadata with key {key}."


def _refuse_delete(
    session: orm.Session,
    volume: Volume,
    snapshots: Sequence[Snapshot],
    *,
    cascade: bool,
    force: bool,
) -> None:
    if volume.migration_status not in (None, "success", "error", "deleting"):
        raise errors.InvalidVolume(reason=f"Volume {volume.id} is being moved; wait for its end.")
    if not force and (volume.status in ATTACHED or volume.status not in states.DELETABLE):
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} has status {volume.status}. Its status must be available "
            "or error, and it must not be attached, part of a group, or have snapshots."
        )
    if volume.group_id and not force:
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} belongs to group {volume.group_id}; take it out of that, "
            "or delete the group with its volumes."
        )
    if snapshots and not (cascade or force):
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} has {len(snapshots)} snapshots; delete them first, or "
            "delete with cascade."
        )
    busy = [one.id for one in snapshots if one.status not in SNAPSHOT_STARTS or one.verb]
    if busy:
        raise errors.InvalidVolume(reason=f"Snapshot {busy[0]} of the volume is busy.")
    copied = queries.being_copied(session, volume_id=volume.id) or any(
        queries.being_copied(session, snapshot_id=one.id) for one in snapshots
    )
    if copied:
        raise errors.InvalidVolume(reason=f"Volume {volume.id} is being copied; wait for its end.")


def release(session: orm.Session, volume: Volume) -> None:
    """End whatever is under way, so that a verb may begin: what reports later is late."""
    session.execute(sa.delete(Attachment).where(Attachment.volume_id == volume.id))
    volume.generation += 1
    volume.verb, volume.deadline, volume.status = None, None, states.ERROR
    session.flush()
