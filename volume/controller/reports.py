"""What workers report of volumes and snapshots: how their orders ended."""

import logging
from typing import Any

from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from common.rpc import Bus, handles
from volume import states
from volume.clients import ComputeService
from volume.controller.backups import BackupReports
from volume.controller.moving import Moves
from volume.db import groups, services
from volume.db import snapshots as snapshot_rows
from volume.db import volumes as volume_rows
from volume.db.models import Export, Snapshot, Volume
from volume.logic import exporting, messages, migrating, moving, news, orders, progress
from volume.rpc import contract

LOG = logging.getLogger(__name__)


class Reports:
    """Writes down what the hosts say."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        compute: ComputeService,
        backups: BackupReports,
        clock: Clock,
    ) -> None:
        self._database = database
        self._bus = bus
        self._compute = compute
        self._backups = backups
        self.moves = Moves(database, bus, compute, clock)
        self._clock = clock

    @handles(contract.PoolReport)
    def pool(self, ctx: RequestContext, report: contract.PoolReport) -> None:
        """Note what a host's pool has, and that its processes live."""
        now = self._clock()
        with self._database.transaction() as session:
            services.seen(session, services.WORKER, report.host, now, report.figures)
            services.seen(session, services.BACKUP, report.host, now)
            told = report.exports is not None
            found = (
                exporting.differences(session, report.host, report.exports or ()) if told else []
            )
        for message, host in found:
            self._bus.cast(ctx, message, host=host)

    @handles(contract.VolumeReport)
    def volume(self, ctx: RequestContext, report: contract.VolumeReport) -> None:
        """Record how an order ended, if the volume still waits for that very one."""
        with self._database.transaction() as session:
            volume = session.get(Volume, report.volume_id)
            if volume is None or not _awaited(volume, report):
                LOG.info("late report on %s of volume %s", report.verb, report.volume_id)
                return
            gone: list[Export] = []
            status = None
            if report.verb == states.MIGRATE.name:
                gone = self._moved(session, ctx, volume, report.fault)
            elif volume.order.get("held") and not report.fault:
                progress.note(session, volume, self._clock(), held=False)
            elif _turns(volume) and report.fault:
                LOG.error("volume %s does not lead to its new bytes: %s", volume.id, report.fault)
                return
            else:
                status = self._ended(session, ctx, volume, report)
        self._follow(ctx, volume, gone, status)
        if volume.replacement_of and report.verb == states.CREATE.name:
            self.moves.made(ctx, volume.replacement_of)

    def _follow(
        self, ctx: RequestContext, volume: Volume, gone: list[Export], status: str | None
    ) -> None:
        """Tell of a verb that has ended, or order its next step."""
        exporting.end(self._bus, ctx, gone)
        if volume.verb is None or status == "deleted":
            news.tell(self._bus, ctx, volume, status)
        elif volume.verb == states.EXTEND.name:
            self.ask_for_size(volume)
        else:
            message, host = orders.of_volume(volume)
            self._bus.cast(ctx, message, host=host)

    def ask_for_size(self, volume: Volume) -> None:
        """Tell compute that a volume has another size; the sweep asks again until it answers."""
        try:
            self._compute.extended(volume.order["guest"], volume.id)
        except CloudError as error:
            LOG.warning("volume %s: compute was told in vain: %s", volume.id, error)

    def _moved(
        self, session: orm.Session, ctx: RequestContext, volume: Volume, fault: str
    ) -> list[Export]:
        """Write down how a step of a move ended; return what is served no longer."""
        if fault:
            LOG.error("volume %s: a step of its move failed: %s", volume.id, fault)
        gone = migrating.step_on(session, volume, fault, self._clock())
        if volume.verb is None and volume.migration_status == migrating.ERROR:
            self._tell(session, ctx, volume, states.MIGRATE.name, volume.order["fault"])
        return gone

    def _ended(
        self,
        session: orm.Session,
        ctx: RequestContext,
        volume: Volume,
        report: contract.VolumeReport,
    ) -> str | None:
        """Finish the verb; return `deleted` when the volume is gone."""
        now, fault = self._clock(), report.fault
        gone = report.verb in (states.DELETE.name, states.UNMANAGE.name)
        if gone and not fault:
            volume_rows.remove(session, volume)
            groups.settle(session, volume)
            return "deleted"
        if _turns(volume):
            moving.arrive(session, volume)
        changes = {} if fault else changed(volume, report.facts)
        progress.finish(session, volume, report.generation, now, fault=fault, **changes)
        if fault:
            LOG.error("volume %s: %s failed: %s", volume.id, report.verb, fault)
            self._tell(session, ctx, volume, report.verb, fault)
        return None

    def _tell(
        self, session: orm.Session, ctx: RequestContext, volume: Volume, verb: str, fault: str
    ) -> None:
        event, now = messages.OF_VERB.get(verb, messages.OTHER), self._clock()
        known = {"detail": fault, "project_id": volume.project_id}
        messages.record(session, ctx, "volume", volume.id, event, now, **known)

    @handles(contract.SnapshotReport)
    def snapshot(self, ctx: RequestContext, report: contract.SnapshotReport) -> None:
        """Record how an order ended, and take the next step where there is one."""
        with self._database.transaction() as session:
            snapshot = session.get(Snapshot, report.snapshot_id)
            if snapshot is None or (snapshot.generation, snapshot.verb) != (
                report.generation,
                report.verb,
            ):
                LOG.info("late report on %s of snapshot %s", report.verb, report.snapshot_id)
                return
            volume = session.get_one(Volume, snapshot.volume_id)
            step = self._stepped(session, ctx, snapshot, report)
            follow = self._cascaded(session, volume)
        if step == "guest":
            self.ask_guest(ctx, snapshot)
        elif report.verb == states.SNAP.name:
            self._backups.snapshotted(ctx, snapshot)
        if follow is not None:
            message, host = follow
            self._bus.cast(ctx, message, host=host)

    def _stepped(
        self,
        session: orm.Session,
        ctx: RequestContext,
        snapshot: Snapshot,
        report: contract.SnapshotReport,
    ) -> str:
        """Write down one step; return the next that is not the host's."""
        now = self._clock()
        gone = report.verb in (states.SNAP_DELETE.name, states.SNAP_UNMANAGE.name)
        if gone and not report.fault:
            snapshot_rows.remove(session, snapshot)
            groups.settle_snapshot(session, snapshot)
            return ""
        if report.step == "prepare" and report.facts.get("path"):
            progress.note(session, snapshot, now, step="guest", path=report.facts["path"])
            return "guest"
        fault = report.fault
        if report.step == "cancel" and not fault:
            fault = "The guest that uses the volume could not go on in another file."
        if report.step != snapshot.order.get("step", report.step):
            return ""
        progress.finish(session, snapshot, report.generation, now, fault=fault)
        if fault:
            LOG.error("snapshot %s: %s failed: %s", snapshot.id, report.verb, fault)
            messages.record(
                session,
                ctx,
                "volume_snapshot",
                snapshot.id,
                messages.SNAPSHOT_FAILED,
                now,
                detail=fault,
                project_id=snapshot.project_id,
            )
        return ""

    def _cascaded(self, session: orm.Session, volume: Volume) -> Any:
        """Return the order to delete a volume whose last snapshot went with it."""
        if volume.verb != states.DELETE.name or volume_rows.snapshots_of(session, volume.id):
            return None
        return orders.of_volume(volume)

    def ask_guest(self, ctx: RequestContext, snapshot: Snapshot) -> None:
        """Have compute let the guest go on in the file that is ready; a refusal takes it back."""
        path = str(snapshot.order["path"])
        try:
            self._compute.snapshot(snapshot.volume_id, snapshot.id, path)
        except CloudError as error:
            LOG.warning("snapshot %s: compute was asked in vain: %s", snapshot.id, error)
            self._cancel(ctx, snapshot)

    def _cancel(self, ctx: RequestContext, snapshot: Snapshot) -> None:
        with self._database.transaction() as session:
            ours = session.get(Snapshot, snapshot.id)
            if ours is None or ours.generation != snapshot.generation or ours.verb is None:
                return
            progress.note(session, ours, self._clock(), step="cancel")
            host = session.get_one(Volume, ours.volume_id).host
        message, where = orders.of_snapshot(ours, str(host))
        self._bus.cast(ctx, message, host=where)


def _awaited(volume: Volume, report: contract.VolumeReport) -> bool:
    """Tell whether a volume waits for that very report."""
    if (volume.generation, volume.verb) != (report.generation, report.verb):
        return False
    if report.verb == states.MIGRATE.name:
        return (report.host, report.step) == migrating.reporter(volume)
    return volume.host == report.host


def _turns(volume: Volume) -> bool:
    """Tell whether a volume's guest uses its replacement already, so that there is no way back."""
    return volume.verb == states.RETYPE.name and volume.order.get("step") == moving.TURN


def changed(volume: Volume, facts: dict[str, object]) -> dict[str, Any]:
    """Return what else of a volume a verb that went well changes."""
    order = volume.order
    if volume.verb == states.EXTEND.name:
        return {"size_gib": order["size_gib"]}
    if volume.verb == states.RETYPE.name:
        key_id = order["spec"].get("key_id") or None
        known = {"key_id": key_id, "encrypted": key_id is not None}
        known |= {"multiattach": order.get("multiattach", volume.multiattach)}
        return {"type_id": order["type_id"], "spec": order["spec"], **known}
    if volume.verb == states.REIMAGE.name:
        return {"image": order["image"], "bootable": True}
    if volume.verb == states.MANAGE.name:
        form = {"format": facts["format"], "wipe": False, "key_id": ""}
        return {"size_gib": facts["size_gib"], "spec": form}
    return {}
