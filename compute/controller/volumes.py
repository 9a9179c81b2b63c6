"""Volumes of servers: reserved for a build, settled after an attach, let go after a detach."""

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common import neighbours
from common.clock import Clock
from common.context import RequestContext
from common.contracts.volume import VolumeChanged
from common.db import Database
from common.rpc import Bus, handles
from compute import states
from compute.clients import Refused, VolumeService
from compute.db import devices
from compute.db import servers as queries
from compute.db.models import BlockDevice, Server
from compute.logic import orders, progress, swapping
from compute.logic.devices import (
    ATTACHED,
    ATTACHING,
    DETACHING,
    ENTERING,
    LEAVING,
    RESERVING,
    SETTLING,
    SWAPPING,
    InvalidVolume,
    begin_detaching,
    connect,
    connector,
    leave,
    part,
    settle,
)
from compute.rpc import contract

LOG = logging.getLogger(__name__)
PATIENCE_S = 5.0
ATTACH_PATIENCE_S = 60.0
"""After how long an attach to a server on no host is over: its API process has ended."""
SETTLED = frozenset({"available", "in-use"})
WAITING = "block_device_mapping"
"""The task of a server whose volumes are being made."""


class VolumesFailed(roots.CloudError):
    """A volume of a new server cannot be had; the reason is for the user to read."""

    message = "{reason}"


class Volumes:
    """Speaks to the volume service for the controllers."""

    def __init__(self, database: Database, bus: Bus, volumes: VolumeService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._volumes = volumes
        self._clock = clock

    def of(self, server_id: str) -> list[BlockDevice]:
        """Return a server's volumes."""
        with self._database.reading() as session:
            return devices.of(session, [server_id])[server_id]

    def ready(self, server: Server, rows: Sequence[BlockDevice]) -> bool:
        """Have a new server's volumes made and kept for it; False while one is on its way.

        Raises VolumesFailed, ServiceFailed, ServiceSilent.
        """
        made = [self._made(server, row) for row in rows]
        if not all(made):
            return False
        for row in rows:
            if row.connection.get("guest_host") == server.host:
                continue
            try:
                connect(self._database, self._volumes, server, row, self._clock)
            except InvalidVolume as error:
                raise VolumesFailed(reason=str(error)) from error
        return True

    def _made(self, server: Server, row: BlockDevice) -> bool:
        """Tell whether a volume can be attached; one that does not exist yet is asked for."""
        if not row.source or row.state != RESERVING:
            return True
        status = self._volumes.status(row.volume_id)
        if status is None:
            self._ask_for(server, row)
            return False
        if status in ("creating", "downloading"):
            return False
        if status not in ("available", "reserved", "attaching"):
            raise VolumesFailed(
                reason=f"Volume {row.volume_id} did not finish being created: its status is "
                f"{status}; `openstack volume message list` says why."
            )
        return True

    def _ask_for(self, server: Server, row: BlockDevice) -> None:
        source = row.source
        wanted = {
            "id": row.volume_id,
            "user_id": server.user_id,
            "size": source["size_gib"],
            "name": source.get("name", ""),
            "volume_type": source.get("type"),
        }
        names = {"image": "imageRef", "snapshot": "snapshot_id", "volume": "source_volid"}
        if source["kind"] in names:
            wanted[names[source["kind"]]] = source["id"]
        try:
            self._volumes.create(server.project_id, wanted)
        except Refused as error:
            raise VolumesFailed(reason=f"The volume was not made: {error}") from error

    @handles(contract.ConnectVolume)
    def connect(self, ctx: RequestContext, order: contract.ConnectVolume) -> None:
        """Go on with an attach whose API process ended before it knew the connection."""
        with self._database.reading() as session:
            server = queries.find(session, order.server_id)
        if server is None or server.generation != order.generation:
            return
        if server.verb == states.SWAP_VOLUME.name:
            self._connect_swap(ctx, server)
        if server.verb != states.ATTACH_VOLUME.name:
            return
        wanted = server.order["volume_id"]
        row = next((one for one in self.of(server.id) if one.volume_id == wanted), None)
        fault = "The volume is no longer there."
        if row is not None:
            try:
                connect(self._database, self._volumes, server, row, self._clock)
            except (neighbours.ServiceSilent, neighbours.ServiceFailed) as error:
                LOG.warning("volume %s: %s; the sweep tries again", wanted, error)
                return
            except InvalidVolume as error:
                fault = str(error)
            else:
                message, host = orders.order_for(server, [], [row])
                self._bus.cast(ctx, message, host=host)
                return
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            progress.finish(session, ours, server.generation, self._clock(), fault=fault)
            if row is not None:
                devices.move(session, row.id, {RESERVING}, LEAVING, self._clock())

    def _connect_swap(self, ctx: RequestContext, server: Server) -> None:
        rows = {row.state: row for row in self.of(server.id)}
        going, coming = rows.get(SWAPPING), rows.get(ENTERING)
        fault = "The volumes are no longer there."
        if going is not None and coming is not None:
            try:
                begin_detaching(self._volumes, going.volume_id)
                connect(self._database, self._volumes, server, coming, self._clock)
            except (neighbours.ServiceSilent, neighbours.ServiceFailed) as error:
                LOG.warning("volume %s: %s; the sweep tries again", coming.volume_id, error)
                return
            except (InvalidVolume, Refused) as error:
                fault = str(error)
            else:
                message, host = orders.order_for(server, [], [going, coming])
                self._bus.cast(ctx, message, host=host)
                return
        moved: list[BlockDevice] = []
        with self._database.transaction() as session:
            ours, now = session.get_one(Server, server.id), self._clock()
            if progress.finish(session, ours, server.generation, now, fault=fault):
                moved = self.ended(session, ours, states.SWAP_VOLUME.name, server.order, fault)
        self.follow(moved)

    @handles(VolumeChanged)
    def changed(self, ctx: RequestContext, news: VolumeChanged) -> None:
        """Go on with the builds and rebuilds that waited for a volume."""
        if news.status not in SETTLED and not news.status.startswith("error"):
            return
        with self._database.reading() as session:
            found = devices.of_volume(session, news.volume_id)
        for row, server in found:
            mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
            if orders.reimages(server) and server.order["reimage"].get("asked"):
                self._bus.cast(ctx, contract.ReimageVolume(**mark))
            elif row.state == RESERVING and server.task_state == WAITING:
                self._bus.cast(ctx, contract.BuildServer(**mark))

    def ended(
        self, session: orm.Session, server: Server, verb: str, order: dict[str, object], fault: str
    ) -> list[BlockDevice]:
        """Write down what a verb's end means for the server's volumes; return those to follow.

        verb, order: what has ended.
        """
        rows = devices.of(session, [server.id])[server.id]
        if verb == states.SWAP_VOLUME.name:
            stays = bool(order["stays"])
            now = self._clock()
            return swapping.ended(session, rows, now, failed=bool(fault), stays=stays)
        if verb in states.ON_VOLUMES:
            rows = [row for row in rows if row.volume_id == order["volume_id"]]
        elif fault or verb not in states.BUILDS:
            return []
        moves = {
            (states.ATTACH_VOLUME.name, False): (ATTACHING, SETTLING),
            (states.ATTACH_VOLUME.name, True): (ATTACHING, LEAVING),
            (states.DETACH_VOLUME.name, False): (DETACHING, LEAVING),
            (states.DETACH_VOLUME.name, True): (DETACHING, ATTACHED),
        }
        start, after = moves.get((verb, bool(fault)), (ATTACHING, SETTLING))
        if verb in (states.EXTEND_VOLUME.name, states.SNAPSHOT_VOLUME.name):
            return []
        now, moved = self._clock(), []
        for row in rows:
            if devices.move(session, row.id, {start}, after, now):
                session.refresh(row)
                moved.append(row)
        return moved

    def follow(self, rows: Sequence[BlockDevice]) -> None:
        """Tell the volume service what has become of volumes; the sweep sees to the rest."""
        for row in rows:
            try:
                if row.state == SETTLING:
                    settle(self._database, self._volumes, row, self._clock)
                elif row.state == LEAVING:
                    leave(self._database, self._volumes, row)
                elif row.state == ATTACHED:
                    self._volumes.roll_detaching(row.volume_id)
            except roots.CloudError as error:
                LOG.warning("volume %s: %s; the sweep tries again", row.volume_id, error)

    def answer(self, server: Server, verb: str, order: dict[str, object], fault: str) -> None:
        """Tell the volume service how that went which it asked compute for."""
        if verb == states.EXTEND_VOLUME.name:
            self._volumes.extended(str(order["volume_id"]), failed=bool(fault))
        elif verb == states.SNAPSHOT_VOLUME.name:
            self._volumes.snapshotted(str(order["snapshot_id"]), failed=bool(fault))
        elif verb == states.SWAP_VOLUME.name:
            old_id, new_id = str(order["volume_id"]), str(order["new_volume_id"])
            self._volumes.migrated(old_id, new_id, failed=bool(fault))
            if order["stays"] and not fault:
                self._reach_anew(server)

    def _reach_anew(self, server: Server) -> None:
        """Note how a volume is reached that has its replacement's bytes, and its attachment."""
        rows = {row.state: row for row in self.of(server.id)}
        coming, going = rows.get(ENTERING), rows.get(SWAPPING)
        if coming is None or going is None:
            return
        made = self._volumes.reach(str(coming.attachment_id), connector(server, going))
        with self._database.transaction() as session:
            ours = session.get_one(BlockDevice, coming.id)
            ours.connection = {**made["connection_info"], "guest_host": server.host}

    def drop_snapshots(self, snapshot_ids: Iterable[str]) -> None:
        """Remove snapshots; missing ones are a success.  Raises ServiceFailed, ServiceSilent."""
        for snapshot_id in snapshot_ids:
            self._volumes.drop_snapshot(snapshot_id)

    def let_go(self, server: Server) -> dict[str, str | None]:
        """End all that the volume service knows of a server that is being removed.

        Return the rows' ids, each with the attachment that was ended.
        Raises ServiceFailed, ServiceSilent.
        """
        rows = self.of(server.id)
        for row in rows:
            part(self._volumes, row, delete=row.delete_on_termination)
        return {row.id: row.attachment_id for row in rows}

    def sweep(self) -> None:
        """Take up what was settled or let go, and never told; undo what nobody is at any more."""
        now = self._clock()
        self._undo(now)
        before = now - dt.timedelta(seconds=PATIENCE_S)
        with self._database.reading() as session:
            late = devices.stale(session, (SETTLING, LEAVING), before)
        self.follow([row for row, _ in late])

    def _undo(self, now: dt.datetime) -> None:
        """Let go of what was to be attached to a server on no host, when its attach has ended."""
        before = now - dt.timedelta(seconds=ATTACH_PATIENCE_S)
        starts = (RESERVING, ATTACHING)
        with self._database.reading() as session:
            late = devices.stale(session, starts, before)
        lost = [row for row, server in late if server.status == states.OFFLOADED]
        with self._database.transaction() as session:
            for row in lost:
                server = session.get(Server, row.server_id)
                if server is not None and server.verb is None:
                    devices.move(session, row.id, starts, LEAVING, now)
