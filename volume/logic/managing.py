"""Taking over what lies ready on a host, and giving up a volume without losing its content."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import errors, states
from volume.db import quotas, services, snapshots, types, volumes
from volume.db.models import Snapshot, Volume, VolumeType
from volume.logic import encrypting, orders, progress
from volume.logic.creation import spec_of
from volume.logic.manageable import Lying


class Managing:
    """lying: what there is to manage.

    quota: the configured limits.  zone: the only one there is.  default_type: by name.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        *,
        quota: Mapping[str, int],
        zone: str,
        default_type: str,
    ) -> None:
        self.lying = Lying(database)
        self._database = database
        self._bus = bus
        self._clock = clock
        self._quota = quota
        self._zone = zone
        self._default_type = default_type

    def manage(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Volume:
        """Make a volume of a file that lies in a pool's import directory.

        wanted: host (`host@backend#pool`, or the host alone), source, name, description, type,
        metadata, bootable.  Raises InvalidInput, TypeNotFound, QuotaExceeded.
        """
        now = self._clock()
        with self._database.transaction() as session:
            host = _host(session, wanted["host"])
            kind = self._kind(session, ctx, wanted.get("type"))
            if types.encryption_of(session, kind.id) is not None:
                raise errors.InvalidInput(
                    reason=f"Volumes of type {kind.name} are encrypted, and files are taken over "
                    "as they are; a type without encryption would do, and retyping after it."
                )
            more = {"volumes": 1, "gigabytes": 1}
            quotas.require(session, ctx.project_id or "", more, self._quota, type_name=kind.name)
            volume = Volume(
                id=str(uuid.uuid4()),
                project_id=ctx.project_id,
                user_id=ctx.user_id,
                name=wanted.get("name"),
                description=wanted.get("description"),
                size_gib=1,
                type_id=kind.id,
                zone=self._zone,
                host=host,
                bootable=bool(wanted.get("bootable")),
                spec=spec_of(kind, None),
                created_at=now,
                **progress.begun(states.MANAGE, now, name=wanted["source"]),
            )
            session.add(volume)
            session.flush()
            volumes.set_items(session, volume.id, wanted.get("metadata") or {}, replace=True)
        message, where = orders.of_volume(volume)
        self._bus.cast(ctx, message, host=where)
        return volume

    def _kind(self, session: orm.Session, ctx: RequestContext, named: str | None) -> VolumeType:
        if named:
            return types.find(session, ctx, named)
        return types.default(session, ctx.project_id or "", self._default_type, self._clock())

    def unmanage(self, ctx: RequestContext, volume_id: str) -> None:
        """Give a volume up; its content lies in the import directory as `volume-<id>` then.

        Raises VolumeNotFound, VolumeBusy, InvalidVolume.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            encrypting.refuse(volume, "unmanaged", "given a type without encryption it could be")
            if volumes.snapshots_of(session, volume_id):
                raise errors.InvalidVolume(
                    reason=f"Volume {volume_id} has snapshots; unmanage or delete them first."
                )
            name = f"volume-{volume_id}"
            progress.begin(session, volume, states.UNMANAGE, self._clock(), name=name)
        message, where = orders.of_volume(volume)
        self._bus.cast(ctx, message, host=where)

    def manage_snapshot(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Snapshot:
        """Take over a snapshot that was given up.

        wanted: volume_id, source, name, description, metadata.
        Raises VolumeNotFound, QuotaExceeded.
        """
        now = self._clock()
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, wanted["volume_id"])
            kind = session.get_one(VolumeType, volume.type_id)
            more = {"snapshots": 1, "gigabytes": volume.size_gib}
            quotas.require(session, volume.project_id, more, self._quota, type_name=kind.name)
            snapshot = Snapshot(
                id=str(uuid.uuid4()),
                volume_id=volume.id,
                project_id=volume.project_id,
                user_id=ctx.user_id,
                name=wanted.get("name"),
                description=wanted.get("description"),
                size_gib=volume.size_gib,
                type_id=volume.type_id,
                created_at=now,
                **progress.begun(states.SNAP_MANAGE, now, name=wanted["source"]),
            )
            session.add(snapshot)
            session.flush()
            items = wanted.get("metadata") or {}
            snapshots.set_items(session, snapshot.id, items, replace=True)
        message, where = orders.of_snapshot(snapshot, str(volume.host))
        self._bus.cast(ctx, message, host=where)
        return snapshot

    def unmanage_snapshot(self, ctx: RequestContext, snapshot_id: str) -> None:
        """Give a snapshot up; its content is kept as `_snapshot-<id>`.

        Raises SnapshotNotFound, SnapshotBusy.
        """
        with self._database.transaction() as session:
            snapshot = snapshots.get(session, ctx, snapshot_id)
            name = f"_snapshot-{snapshot_id}"
            progress.begin(session, snapshot, states.SNAP_UNMANAGE, self._clock(), name=name)
            host = session.get_one(Volume, snapshot.volume_id).host
        message, where = orders.of_snapshot(snapshot, str(host))
        self._bus.cast(ctx, message, host=where)


def _host(session: orm.Session, named: str) -> str:
    """Return the host that a pool's name begins with.  Raises InvalidInput."""
    plain = named.partition("@")[0]
    known = [one.host for one in services.workers(session)]
    if plain not in known:
        raise errors.InvalidInput(
            reason=f"Host {named} keeps no volumes; these do: {', '.join(known) or 'none'}."
        )
    return plain
