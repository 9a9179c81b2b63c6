"""The sweep: verbs under way too long are ordered again, and in the end get their fault."""

import datetime as dt
import logging

from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import states
from volume.clients import ComputeService
from volume.controller.backups import BackupReports
from volume.controller.reports import Reports
from volume.db import backups, services, snapshots, volumes
from volume.db.models import Snapshot, Volume
from volume.logic import messages, migrating, moving, news, orders, progress

LOG = logging.getLogger(__name__)


class Sweep:
    """One look at everything that is overdue.  host: whose sweep it is."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        compute: ComputeService,
        reports: Reports,
        backups: BackupReports,
        clock: Clock,
        *,
        host: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._compute = compute
        self._reports = reports
        self._backups = backups
        self._clock = clock
        self._host = host

    def run(self) -> None:
        """Give a sign of life, and take up what is overdue."""
        now = self._clock()
        with self._database.transaction() as session:
            services.seen(session, services.SCHEDULER, self._host, now)
        with self._database.reading() as session:
            late_volumes = volumes.overdue(session, now)
            late_snapshots = snapshots.overdue(session, now)
            late_backups = backups.overdue(session, now)
        for volume in late_volumes:
            self._volume(volume, now)
        self._reports.moves.clear()
        for snapshot in late_snapshots:
            self._snapshot(snapshot, now)
        for backup in late_backups:
            self._backups.take_up(backup, now)

    def _volume(self, volume: Volume, now: dt.datetime) -> None:
        ctx = RequestContext.internal()
        with self._database.transaction() as session:
            ours = session.get(Volume, volume.id)
            if ours is None or not progress.again(session, ours, now):
                return
            waits = ours.verb in states.DRIVEN or (
                ours.verb == states.DELETE.name and volumes.snapshots_of(session, ours.id)
            )
            if ours.verb in states.DRIVEN and not backups.drives(session, ours):
                progress.finish(session, ours, ours.generation, now)
            elif fault := self._hopeless(session, ours, now):
                self._give_up(session, ctx, ours, now, fault)
        if ours.verb is None:
            news.tell(self._bus, ctx, ours)
        elif ours.order.get("guest") and not ours.order.get("held"):
            self._reports.ask_for_size(ours)
        elif ours.order.get("replacement"):
            self._reports.moves.take_up(ctx, ours)
        elif not waits:
            LOG.warning("volume %s: %s, attempt %d", ours.id, ours.verb, ours.attempts)
            message, host = orders.of_volume(ours)
            self._bus.cast(ctx, message, host=host)

    def _hopeless(self, session: orm.Session, volume: Volume, now: dt.datetime) -> str:
        """Return why a verb is given up; nothing while it makes sense to order it again."""
        late = volume.attempts > states.VERBS[volume.verb or ""].attempts
        if late and volume.order.get("step") != moving.TURN:
            return f"The volume could not {volume.verb}: its host did not answer in time."
        if volume.verb == states.MIGRATE.name:
            return migrating.hopeless(session, volume, now)
        return ""

    def _give_up(
        self,
        session: orm.Session,
        ctx: RequestContext,
        volume: Volume,
        now: dt.datetime,
        fault: str,
    ) -> None:
        LOG.error("volume %s: %s", volume.id, fault)
        event = messages.OF_VERB.get(volume.verb or "", messages.OTHER)
        project_id = volume.project_id
        if volume.verb == states.MIGRATE.name:
            fault = migrating.end(session, volume, now, fault)
            if not fault:
                return
        else:
            moved = {"migration_status": moving.ERROR} if volume.order.get("replacement") else {}
            progress.finish(session, volume, volume.generation, now, fault=fault, **moved)
        messages.record(
            session,
            ctx,
            "volume",
            volume.id,
            event,
            now,
            detail=fault,
            project_id=project_id,
        )

    def _snapshot(self, snapshot: Snapshot, now: dt.datetime) -> None:
        verb = states.SNAPSHOT_VERBS[snapshot.verb or ""]
        ctx = RequestContext.internal()
        with self._database.transaction() as session:
            ours = session.get(Snapshot, snapshot.id)
            if ours is None or not progress.again(session, ours, now):
                return
            host = session.get_one(Volume, ours.volume_id).host
            if ours.attempts > verb.attempts:
                fault = "its host did not answer in time"
                LOG.error("snapshot %s: %s: %s", ours.id, ours.verb, fault)
                progress.finish(session, ours, ours.generation, now, fault=fault)
        if ours.verb is None:
            return
        if ours.order.get("step") == "guest":
            self._reports.ask_guest(ctx, ours)
            return
        LOG.warning("snapshot %s: %s, attempt %d", ours.id, ours.verb, ours.attempts)
        message, where = orders.of_snapshot(ours, str(host))
        self._bus.cast(ctx, message, host=where)
