"""What workers report of backups, and what follows for the volumes concerned."""

import datetime as dt
import logging

from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus, handles
from volume import states
from volume.db import backups as queries
from volume.db.models import Backup, Snapshot, Volume
from volume.logic import messages, news, orders, progress
from volume.rpc import contract

LOG = logging.getLogger(__name__)


class BackupReports:
    """Writes down how backups went."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    @handles(contract.BackupReport)
    def report(self, ctx: RequestContext, report: contract.BackupReport) -> None:
        """Record how an order ended, if the backup still waits for that very one."""
        with self._database.transaction() as session:
            backup = session.get(Backup, report.backup_id)
            if backup is None or (backup.generation, backup.verb) != (
                report.generation,
                report.verb,
            ):
                LOG.info("late report on %s of backup %s", report.verb, report.backup_id)
                return
            backup.object_count = int(str(report.facts.get("chunks", backup.object_count)))
            volume = self.end(session, ctx, backup, report.fault)
        self.follow(ctx, backup, volume)

    def end(
        self, session: orm.Session, ctx: RequestContext, backup: Backup, fault: str
    ) -> Volume | None:
        """Finish a backup's verb, and that of the volume it reads or writes; return the volume."""
        now, verb, order = self._clock(), backup.verb, backup.order
        if verb == states.BACKUP_DELETE.name and not fault:
            session.delete(backup)
            return None
        progress.finish(session, backup, backup.generation, now, fault=fault)
        if fault:
            LOG.error("backup %s: %s failed: %s", backup.id, verb, fault)
            backup.fail_reason = fault
            self._tell(session, ctx, backup, fault, now)
        volume_id = order.get("volume_id") or backup.volume_id
        volume = session.get(Volume, volume_id)
        if volume is None or "volume_generation" not in order:
            return None
        progress.finish(session, volume, order["volume_generation"], now, fault=fault)
        return volume

    def _tell(
        self,
        session: orm.Session,
        ctx: RequestContext,
        backup: Backup,
        fault: str,
        now: dt.datetime,
    ) -> None:
        project = backup.project_id
        messages.record(
            session,
            ctx,
            "volume_backup",
            backup.id,
            messages.OTHER,
            now,
            detail=fault,
            project_id=project,
        )

    def follow(self, ctx: RequestContext, backup: Backup, volume: Volume | None) -> None:
        """Tell of the volume, and let go of a snapshot that was only there for the backup."""
        if volume is not None:
            news.tell(self._bus, ctx, volume)
        if backup.temporary_id is not None:
            self._drop(ctx, backup.temporary_id)

    def _drop(self, ctx: RequestContext, snapshot_id: str) -> None:
        with self._database.transaction() as session:
            snapshot = session.get(Snapshot, snapshot_id)
            if snapshot is None or snapshot.verb is not None:
                return
            progress.begin(session, snapshot, states.SNAP_DELETE, self._clock())
            host = session.get_one(Volume, snapshot.volume_id).host
        message, where = orders.of_snapshot(snapshot, str(host))
        self._bus.cast(ctx, message, host=where)

    def snapshotted(self, ctx: RequestContext, snapshot: Snapshot) -> None:
        """Go on with a backup whose snapshot has been made, or has not."""
        volume = None
        with self._database.transaction() as session:
            backup = queries.waiting_for(session, snapshot.id)
            if backup is None or backup.verb != states.BACK_UP.name:
                return
            if backup.order.get("step") != "snapshot" or snapshot.verb is not None:
                return
            made = snapshot.status == states.AVAILABLE
            if made:
                progress.note(session, backup, self._clock(), step="copy")
            else:
                fault = "The guest that uses the volume could not be snapshotted."
                volume = self.end(session, ctx, backup, fault)
        if made:
            message, host = orders.of_backup(backup)
            self._bus.cast(ctx, message, host=host)
        else:
            self.follow(ctx, backup, volume)

    def take_up(self, backup: Backup, now: dt.datetime) -> None:
        """Order an overdue backup again, or give it up."""
        ctx = RequestContext.internal()
        verb = states.BACKUP_VERBS[backup.verb or ""]
        volume = None
        with self._database.transaction() as session:
            ours = session.get(Backup, backup.id)
            if ours is None or not progress.again(session, ours, now):
                return
            if ours.attempts > verb.attempts:
                volume = self.end(session, ctx, ours, "Its host did not answer in time.")
            waiting = ours.order.get("step") == "snapshot"
            kept = session.get(Snapshot, ours.temporary_id) if ours.temporary_id else None
        if ours.verb is None:
            self.follow(ctx, ours, volume)
        elif waiting and kept is not None:
            self.snapshotted(ctx, kept)
        else:
            message, host = orders.of_backup(ours)
            self._bus.cast(ctx, message, host=host)
