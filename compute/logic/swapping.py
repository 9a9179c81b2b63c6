"""A server's volume swapped for another, while the guest runs.

The volume service moves volumes in use this way, so the one that goes has to say that it migrates;
the one that comes may be its replacement, whose bytes it takes over under its own id, or any other.
The row of the one that goes is swapping; beside it stands a row of the one that comes, which is
entering.  When the guest has gone over they change places: the first settles, the second leaves.
Source: Compute API, "Update a volume attachment".
"""

import contextlib
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import orm

from common import archive, neighbours
from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.clients import Refused, VolumeService
from compute.db import devices
from compute.db import servers as queries
from compute.db.models import BlockDevice, Server
from compute.logic import orders, progress
from compute.logic.devices import (
    ATTACHED,
    ENTERING,
    LEAVING,
    SETTLING,
    SWAPPING,
    InvalidVolume,
    NotAttached,
    VolumeMissing,
    connect,
)

STILL: Final = frozenset({None, "", "success", "error", "deleting"})
"""What `migration_status` says of a volume that is not being moved."""
REPLACED: Final = ("attachment_id", "connection")
EXCHANGED: Final = (*REPLACED, "volume_id", "multiattach")


class NotMigrating(roots.Conflict):
    message = (
        "Volume {volume_id} is not migrating: volumes are swapped when the volume service moves "
        "them (os-retype, os-migrate_volume)."
    )


class Swapping:
    """Orders swaps, and says what their ends mean."""

    def __init__(self, database: Database, bus: Bus, volumes: VolumeService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._volumes = volumes
        self._clock = clock

    def swap(
        self, ctx: RequestContext, server_id: str, old_id: str, new_id: str, *, over_lock: bool
    ) -> None:
        """Have a guest's volume copied to another, in which the guest goes on.

        Raises ServerNotFound, ServerLocked, ServerBusy, NotAttached, NotMigrating, VolumeMissing,
        InvalidVolume, BadRequest.
        """
        progress.wait_for_plugs(self._database, server_id)
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
            row = _attached(session, server_id, old_id)
        if server.locked and not over_lock:
            raise errors.ServerLocked(server_id=server_id)
        old = self._old(ctx, old_id)
        new = self._new(ctx, new_id)
        stays = new.get("migration_status") == f"target:{old_id}"
        _refuse(old, new, stays=stays)
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            row = _attached(session, server_id, old_id)
            now = self._clock()
            order = {"volume_id": old_id, "new_volume_id": new_id, "stays": stays}
            progress.begin(session, ctx, server, states.SWAP_VOLUME, now, **order)
            if not devices.move(session, row.id, {ATTACHED}, SWAPPING, now):
                raise InvalidVolume(reason=f"volume {old_id} is {row.state}, not attached.")
            coming = self._coming(session, row, new)
        self._connect(ctx, server, row, coming)

    def _old(self, ctx: RequestContext, volume_id: str) -> dict[str, Any]:
        try:
            found = self._volumes.get(ctx, volume_id)
        except roots.NotFound as error:
            raise VolumeMissing(volume_id=volume_id) from error
        if found.get("migration_status") in STILL:
            raise NotMigrating(volume_id=volume_id)
        return found

    def _new(self, ctx: RequestContext, volume_id: str) -> dict[str, Any]:
        try:
            return self._volumes.get(ctx, volume_id)
        except roots.NotFound as error:
            raise roots.BadRequest(reason=f"Volume {volume_id} could not be found.") from error

    def _coming(
        self, session: orm.Session, row: BlockDevice, new: Mapping[str, Any]
    ) -> BlockDevice:
        """Add the row of a volume that is to come; two volumes never have one name."""
        if devices.find(session, row.server_id, new["id"]) is not None:
            raise InvalidVolume(reason=f"volume {new['id']} is attached to this server already.")
        now, row_id = self._clock(), str(uuid.uuid4())
        coming = BlockDevice(
            id=row_id,
            server_id=row.server_id,
            volume_id=new["id"],
            state=ENTERING,
            since=now,
            device=f"{row.device}+{row_id[:8]}",
            bus=row.bus,
            device_type=row.device_type,
            delete_on_termination=False,
            multiattach=bool(new.get("multiattach")),
            created_at=now,
        )
        session.add(coming)
        session.flush()
        return coming

    def _connect(
        self, ctx: RequestContext, server: Server, row: BlockDevice, coming: BlockDevice
    ) -> None:
        try:
            self._volumes.begin_detaching(row.volume_id)
        except Refused as error:
            self._give_up(server, str(error))
            raise InvalidVolume(reason=str(error)) from error
        try:
            connect(self._database, self._volumes, server, coming, self._clock)
        except roots.CloudError as error:
            self._give_up(server, str(error))
            with contextlib.suppress(neighbours.ServiceSilent, neighbours.ServiceFailed):
                self._volumes.roll_detaching(row.volume_id)
            raise
        message, host = orders.order_for(server, [], [row, coming])
        self._bus.cast(ctx, message, host=host)

    def _give_up(self, server: Server, fault: str) -> None:
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            rows = devices.of(session, [server.id])[server.id]
            if progress.finish(session, ours, server.generation, self._clock(), fault=fault):
                ended(session, rows, self._clock(), failed=True)


def ended(
    session: orm.Session,
    rows: Sequence[BlockDevice],
    now: dt.datetime,
    *,
    failed: bool,
    stays: bool = False,
) -> list[BlockDevice]:
    """Write down how a swap ended, and return the rows that the volume service is to hear of.

    rows: the server's.  stays: whether the volume has its replacement's bytes, under its own id.
    """
    going = next((row for row in rows if row.state == SWAPPING), None)
    coming = next((row for row in rows if row.state == ENTERING), None)
    if going is None or coming is None:
        return []
    if not failed:
        for name in REPLACED if stays else EXCHANGED:
            first, second = getattr(going, name), getattr(coming, name)
            setattr(going, name, second)
            setattr(coming, name, first)
    going.state, going.since = ATTACHED if failed else SETTLING, now
    coming.state, coming.since = LEAVING, now
    session.flush()
    return [going, coming]


def _attached(session: orm.Session, server_id: str, volume_id: str) -> BlockDevice:
    row = devices.find(session, server_id, volume_id)
    if row is None or row.state in (LEAVING, ENTERING):
        raise NotAttached(server_id=server_id, volume_id=volume_id)
    return row


def _refuse(old: Mapping[str, Any], new: Mapping[str, Any], *, stays: bool) -> None:
    """Raise InvalidVolume for a swap that cannot be."""
    if new["status"] != "available":
        raise InvalidVolume(
            reason=f"the new volume {new['id']} must be available to be swapped in; its status is "
            f"{new['status']}."
        )
    if int(new["size"]) < int(old["size"]):
        raise InvalidVolume(
            reason=f"the new volume must be as large as the old one, {old['size']} GiB, or larger; "
            f"it has {new['size']} GiB."
        )
    if stays and int(new["size"]) != int(old["size"]):
        raise InvalidVolume(reason="a replacement is as large as the volume that it replaces.")
    if len(old.get("attachments", ())) > 1:
        raise InvalidVolume(
            reason=f"volume {old['id']} is attached to several servers; one server's could be "
            "swapped."
        )
    for one in (old, new):
        if archive.is_named(one.get("volume_image_metadata") or {}):
            raise InvalidVolume(
                reason=f"volume {one['id']} is for containers to boot from, and is not swapped."
            )
