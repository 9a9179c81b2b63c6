"""Backups: kept apart from the pool, and brought back into it.

A volume that a guest uses is backed up by way of a snapshot that is gone afterwards.
Source: Block Storage API v3, "Backups".
"""

import base64
import binascii
import builtins
import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import archive, paging
from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.messages import Message
from common.rpc import Bus
from volume import errors, states
from volume.db import backups as queries
from volume.db import quotas, snapshots, volumes
from volume.db.models import Backup, Snapshot, Volume, VolumeType
from volume.logic import encrypting, orders, progress
from volume.logic.creation import spec_of
from volume.logic.snapshots import Snapshots

SERVICE = "cinder.backup.drivers.posix.PosixBackupDriver"
"""What exported records say of whose they are: clients look for a name of this form."""


class InvalidBackup(roots.BadRequest):
    message = "Invalid backup: {reason}"


@dataclasses.dataclass(frozen=True)
class Shown:
    """A backup, and whether others lie on it."""

    backup: Backup
    has_dependents: bool


class Backups:
    """quota: the configured limits."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        snapshots: Snapshots,
        clock: Clock,
        *,
        quota: Mapping[str, int],
    ) -> None:
        self._database = database
        self._bus = bus
        self._snapshots = snapshots
        self._clock = clock
        self._quota = quota

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Backup:
        """Have a volume backed up, or one of its snapshots.

        wanted: volume_id, snapshot_id, name, description, container, incremental, force, items.
        Raises VolumeNotFound, SnapshotNotFound, InvalidVolume, InvalidBackup, QuotaExceeded.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, wanted["volume_id"])
            source = self._source(session, ctx, volume, wanted)
            if source is None and volume.status == states.IN_USE and not wanted.get("force"):
                raise errors.InvalidVolume(
                    reason=f"Volume {volume.id} is in-use; with force it is backed up by way of a "
                    "snapshot."
                )
            parent = self._parent(session, volume, wanted)
            size = source.size_gib if source else volume.size_gib
            more = {"backups": 1, "backup_gigabytes": size}
            quotas.require(session, volume.project_id, more, self._quota)
            backup = self._row(ctx, volume, source, parent, wanted)
            sent = self._begin(session, ctx, volume, source, backup)
            session.add(backup)
            session.flush()
        self._send(ctx, *sent)
        return backup

    def _source(
        self, session: orm.Session, ctx: RequestContext, volume: Volume, wanted: Mapping[str, Any]
    ) -> Snapshot | None:
        if not wanted.get("snapshot_id"):
            return None
        found = snapshots.get(session, ctx, wanted["snapshot_id"])
        if found.volume_id != volume.id or found.status != states.AVAILABLE:
            raise errors.InvalidSnapshot(
                reason=f"Snapshot {found.id} is {found.status}, of volume {found.volume_id}; an "
                "available one of the volume itself would do."
            )
        return found

    def _parent(
        self, session: orm.Session, volume: Volume, wanted: Mapping[str, Any]
    ) -> Backup | None:
        if not wanted.get("incremental"):
            return None
        found = queries.newest(session, volume.id)
        if found is None or found.host != volume.host:
            raise InvalidBackup(
                reason="No backups available to do an incremental backup; without incremental, a "
                "full one is made."
            )
        return found

    def _row(
        self,
        ctx: RequestContext,
        volume: Volume,
        source: Snapshot | None,
        parent: Backup | None,
        wanted: Mapping[str, Any],
    ) -> Backup:
        now, own = self._clock(), str(uuid.uuid4())
        return Backup(
            id=own,
            project_id=volume.project_id,
            user_id=ctx.user_id,
            name=wanted.get("name"),
            description=wanted.get("description"),
            volume_id=volume.id,
            snapshot_id=source.id if source else None,
            parent_id=parent.id if parent else None,
            data_id=own,
            host=str(volume.host),
            zone=volume.zone,
            container=wanted.get("container"),
            size_gib=source.size_gib if source else volume.size_gib,
            object_count=0,
            items=dict(wanted.get("items") or {}),
            facts={
                "image": volume.image,
                "bootable": volume.bootable,
                "type_id": volume.type_id,
                "key_id": volume.key_id,
            },
            data_at=source.created_at if source else now,
            created_at=now,
            **progress.begun(states.BACK_UP, now, parent=parent.data_id if parent else ""),
        )

    def _begin(
        self,
        session: orm.Session,
        ctx: RequestContext,
        volume: Volume,
        source: Snapshot | None,
        backup: Backup,
    ) -> tuple[Message, str]:
        """Claim what is read, and return the first order."""
        what: dict[str, Any]
        now, items = self._clock(), volumes.items_of(session, [volume.id])[volume.id]
        backup.facts = {**backup.facts, "items": items}
        if source is not None:
            what = {"kind": "snapshot", "source_id": source.id}
        elif volume.status == states.IN_USE:
            name = f"backup-{backup.id}"
            kept = self._snapshots.add(session, ctx, volume, name, None)
            backup.temporary_id = kept.id
            generation = progress.begin(session, volume, states.BACKUP, now, backup_id=backup.id)
            what = {"kind": "snapshot", "source_id": kept.id, "volume_generation": generation}
            backup.order = {**backup.order, **what, "step": "snapshot"}
            return orders.of_snapshot(kept, str(volume.host))
        else:
            generation = progress.begin(session, volume, states.BACKUP, now, backup_id=backup.id)
            what = {"kind": "volume", "source_id": volume.id, "volume_generation": generation}
        backup.order = {**backup.order, **what}
        return orders.of_backup(backup)

    def _send(self, ctx: RequestContext, message: Message, host: str) -> None:
        self._bus.cast(ctx, message, host=host)

    def list(
        self,
        conditions: Iterable[sa.ColumnElement[bool]],
        page: paging.Page,
        offset: int,
        *,
        counted: bool = False,
    ) -> tuple[builtins.list[Shown], int]:
        """Return a page of backups, and how many there are (0 unless counted)."""
        given = tuple(conditions)
        with self._database.reading() as session:
            rows = queries.page(session, given, page, offset) if page.limit else []
            total = queries.count(session, given) if counted else 0
            return _shown(session, rows), total

    def get(self, ctx: RequestContext, backup_id: str) -> Shown:
        """Return one backup.  Raises BackupNotFound."""
        with self._database.reading() as session:
            return _shown(session, [queries.get(session, ctx, backup_id)])[0]

    def update(self, ctx: RequestContext, backup_id: str, changes: Mapping[str, Any]) -> Backup:
        """Change name, description or items.  Raises BackupNotFound."""
        with self._database.transaction() as session:
            backup = queries.get(session, ctx, backup_id)
            for name, value in changes.items():
                setattr(backup, name, value)
            backup.updated_at = self._clock()
            session.flush()
            return backup

    def delete(self, ctx: RequestContext, backup_id: str, *, force: bool = False) -> None:
        """Have a backup removed.  force: whatever its status.

        Raises BackupNotFound, InvalidBackup, BackupBusy.
        """
        with self._database.transaction() as session:
            backup = queries.get(session, ctx, backup_id)
            if queries.parents_among(session, [backup_id]):
                raise InvalidBackup(
                    reason="Incremental backups exist for this backup; delete them first."
                )
            if force and backup.verb is not None:
                backup.generation += 1
                backup.verb, backup.deadline, backup.status = None, None, states.ERROR
                session.flush()
            shared = queries.shares_data(session, backup)
            progress.begin(session, backup, states.BACKUP_DELETE, self._clock(), data=not shared)
        self._send(ctx, *orders.of_backup(backup))

    def restore(
        self, ctx: RequestContext, backup_id: str, volume_id: str | None, name: str | None
    ) -> tuple[Backup, Volume]:
        """Bring a backup back into a volume, or into a new one.

        Raises BackupNotFound, VolumeNotFound, InvalidVolume, BackupBusy, QuotaExceeded.
        """
        now = self._clock()
        with self._database.transaction() as session:
            backup = queries.get(session, ctx, backup_id)
            if volume_id:
                volume = self._existing(session, ctx, volume_id, backup)
            else:
                volume = self._new(session, ctx, backup, name)
            order = {"volume_id": volume.id, "volume_generation": volume.generation}
            facts = {"size_gib": volume.size_gib, "spec": volume.spec}
            progress.begin(session, backup, states.BACKUP_RESTORE, now, **order, **facts)
        self._send(ctx, *orders.of_backup(backup))
        return backup, volume

    def _existing(
        self, session: orm.Session, ctx: RequestContext, volume_id: str, backup: Backup
    ) -> Volume:
        volume = volumes.get(session, ctx, volume_id)
        if volume.size_gib < backup.size_gib or volume.host != backup.host:
            raise errors.InvalidVolume(
                reason=f"Volume {volume_id} has {volume.size_gib} GiB on host {volume.host}; the "
                f"backup needs {backup.size_gib} on host {backup.host}."
            )
        if archive.is_named(volume.image) != archive.is_named(backup.facts.get("image", {})):
            raise errors.InvalidVolume(
                reason="The one of volume and backup is a container's root file system, the "
                "other is not; the backup can be restored to a new volume."
            )
        if volumes.snapshots_of(session, volume_id):
            raise errors.InvalidVolume(
                reason=f"Volume {volume_id} has snapshots, which would not be its own any more."
            )
        progress.begin(session, volume, states.RESTORE, self._clock(), backup_id=backup.id)
        return volume

    def _new(
        self, session: orm.Session, ctx: RequestContext, backup: Backup, name: str | None
    ) -> Volume:
        now, facts = self._clock(), backup.facts
        kind = session.get(VolumeType, facts.get("type_id", ""))
        if kind is None:
            raise InvalidBackup(reason="its volume type is gone; restore it into a volume.")
        more = {"volumes": 1, "gigabytes": backup.size_gib}
        quotas.require(session, ctx.project_id or "", more, self._quota, type_name=kind.name)
        key_id = encrypting.key_for(session, kind)
        volume = Volume(
            id=str(uuid.uuid4()),
            project_id=ctx.project_id,
            user_id=ctx.user_id,
            name=name or f"restore_backup_{backup.id}",
            size_gib=backup.size_gib,
            type_id=kind.id,
            zone=backup.zone or "",
            host=backup.host,
            bootable=bool(facts.get("bootable")),
            image=facts.get("image", {}),
            source_backup_id=backup.id,
            encrypted=key_id is not None,
            key_id=key_id,
            spec=spec_of(kind, key_id),
            created_at=now,
            **progress.begun(states.RESTORE, now, backup_id=backup.id),
        )
        session.add(volume)
        session.flush()
        volumes.set_items(session, volume.id, facts.get("items", {}), replace=True)
        return volume

    def reset(self, ctx: RequestContext, backup_id: str, status: str) -> None:
        """Set the status, for an administrator.  Raises BackupNotFound."""
        with self._database.transaction() as session:
            backup = queries.get(session, ctx, backup_id)
            backup.generation += 1
            backup.verb, backup.deadline, backup.status = None, None, status

    def export(self, ctx: RequestContext, backup_id: str) -> dict[str, str]:
        """Return the record by which a backup is found again.  Raises BackupNotFound."""
        backup = self.get(ctx, backup_id).backup
        if backup.status != states.AVAILABLE:
            raise InvalidBackup(reason=f"Backup status must be available and not {backup.status}.")
        record = {name: getattr(backup, name) for name in _RECORDED}
        record |= {
            "data_at": backup.data_at.isoformat(),
            "created_at": backup.created_at.isoformat(),
        }
        packed = base64.b64encode(json.dumps(record).encode()).decode()
        return {"backup_service": SERVICE, "backup_url": packed}

    def take_in(self, ctx: RequestContext, service: str, url: str) -> Backup:
        """Know a backup by its record again.  Raises InvalidBackup."""
        record = _record(service, url)
        if archive.is_named(record["facts"].get("image", {})):
            # Whoever wrote the record may have written the bytes, and a host would mount them.
            record["facts"] = {**record["facts"], "image": {}, "bootable": False}
        with self._database.transaction() as session:
            if session.get(Backup, record["id"]) is not None:
                raise InvalidBackup(reason=f"Backup {record['id']} already exists.")
            moments = {name: dt.datetime.fromisoformat(record[name]) for name in _MOMENTS}
            backup = Backup(
                **{name: record[name] for name in _RECORDED},
                **moments,
                status=states.AVAILABLE,
                order={},
            )
            backup.project_id, backup.user_id = ctx.project_id or "", ctx.user_id or ""
            session.add(backup)
            session.flush()
            return backup


_RECORDED = (
    *("id", "name", "description", "volume_id", "snapshot_id", "parent_id", "data_id", "host"),
    *("zone", "container", "size_gib", "object_count", "items", "facts"),
)
_MOMENTS = ("data_at", "created_at")


def _record(service: str, url: str) -> dict[str, Any]:
    """Return what an exported record says.  Raises InvalidBackup."""
    try:
        found = json.loads(base64.b64decode(url, validate=True))
        ids = [uuid.UUID(str(found[name])) for name in ("id", "data_id", "volume_id")]
        whole = all(name in found for name in (*_RECORDED, *_MOMENTS)) and bool(ids)
        for name in _MOMENTS:
            dt.datetime.fromisoformat(found[name])
    except (ValueError, TypeError, KeyError, binascii.Error) as error:
        raise InvalidBackup(reason="the record is not one that was exported here.") from error
    if not whole or service != SERVICE:
        raise InvalidBackup(reason=f"the record is of {service}, and {SERVICE} would do.")
    return dict(found)


def _shown(session: orm.Session, rows: Sequence[Backup]) -> list[Shown]:
    parents = queries.parents_among(session, [row.id for row in rows])
    return [Shown(row, row.id in parents) for row in rows]
