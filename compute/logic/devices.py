"""Volumes of a server that come and go while it exists.

A row goes: reserving (the volume service is asked), attaching (the host is), settling (the guest
has it, and the volume service is told), attached; and then detaching (the host is asked), leaving
(the guest has let go, and the volume service is told), gone.  Settling and leaving belong to no
verb: the sweep takes them up.  So it does with an attach to a server that is on no host, which no
verb stands for either: what its API process did not end is undone.  Swapping and entering: see
compute.logic.swapping.
"""

import contextlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

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
from compute.scheduler import request

RESERVING: Final = "reserving"
ATTACHING: Final = "attaching"
SETTLING: Final = "settling"
ATTACHED: Final = "attached"
DETACHING: Final = "detaching"
LEAVING: Final = "leaving"
SWAPPING: Final = "swapping"
ENTERING: Final = "entering"
USED = frozenset({SETTLING, ATTACHED})
LETTERS: Final = "abcdefghijklmnopqrstuvwxy"
MULTIATTACH_SINCE = (2, 60)


class VolumeMissing(roots.NotFound):
    message = "Volume {volume_id} could not be found."


class NotAttached(roots.NotFound):
    message = "Instance {server_id} is not attached to volume {volume_id}."


class InvalidVolume(roots.BadRequest):
    message = "Invalid volume: {reason}"


class Devices:
    """Attaching, detaching and listing volumes."""

    def __init__(self, database: Database, bus: Bus, volumes: VolumeService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._volumes = volumes
        self._clock = clock

    def list(self, ctx: RequestContext, server_id: str) -> list[BlockDevice]:
        """Return the volumes of a server.  Raises ServerNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, server_id)
            return shown(devices.of(session, [server_id])[server_id])

    def get(self, ctx: RequestContext, server_id: str, volume_id: str) -> BlockDevice:
        """Return one volume of a server.  Raises ServerNotFound, NotAttached."""
        for row in self.list(ctx, server_id):
            if row.volume_id == volume_id:
                return row
        raise NotAttached(server_id=server_id, volume_id=volume_id)

    def update(
        self, ctx: RequestContext, server_id: str, volume_id: str, *, delete_on_termination: bool
    ) -> None:
        """Say whether a volume goes with its server.  Raises ServerNotFound, NotAttached."""
        with self._database.transaction() as session:
            queries.get(session, ctx, server_id)
            row = devices.find(session, server_id, volume_id)
            if row is None or row.state in states.GUEST_LACKS:
                raise NotAttached(server_id=server_id, volume_id=volume_id)
            row.delete_on_termination = delete_on_termination

    def attach(
        self,
        ctx: RequestContext,
        server_id: str,
        asked: Mapping[str, Any],
        *,
        multiattach: bool,
        over_lock: bool = False,
    ) -> BlockDevice:
        """Give a server a volume: reserve it, and order it to the guest.

        multiattach: whether a volume for several servers may be asked for.
        Raises ServerNotFound, ServerLocked, ServerBusy, VolumeMissing, InvalidVolume, Conflict.
        """
        progress.wait_for_plugs(self._database, server_id)
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
        _refuse_locked(server, over_lock)
        offloaded = server.status == states.OFFLOADED
        if not offloaded and server.status not in states.ATTACH_VOLUME.start:
            raise progress.busy(server, states.ATTACH_VOLUME.name)
        volume = usable(self._volumes, ctx, asked["volumeId"])
        if volume.get("multiattach") and not multiattach:
            raise InvalidVolume(
                reason="a volume for several servers is attached from microversion 2.60 on."
            )
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            present = devices.of(session, [server_id])[server_id]
            row = self._row(server, present, asked, volume)
            if not offloaded:
                order = {"volume_id": row.volume_id}
                progress.begin(session, ctx, server, states.ATTACH_VOLUME, self._clock(), **order)
            session.add(row)
        try:
            connect(self._database, self._volumes, server, row, self._clock)
        except roots.CloudError as error:
            self._give_up(server, row, str(error))
            raise
        if offloaded:
            self._settle(row)
        else:
            message, host = orders.order_for(server, [], [row])
            self._bus.cast(ctx, message, host=host)
        return row

    def _row(
        self,
        server: Server,
        present: Sequence[BlockDevice],
        asked: Mapping[str, Any],
        volume: Mapping[str, Any],
    ) -> BlockDevice:
        if any(row.volume_id == volume["id"] for row in present):
            raise InvalidVolume(reason=f"volume {volume['id']} is attached to this server already.")
        now = self._clock()
        return BlockDevice(
            id=str(uuid.uuid4()),
            server_id=server.id,
            volume_id=volume["id"],
            state=RESERVING,
            since=now,
            device=name_for(server, present, asked.get("device")),
            bus=None,
            tag=asked.get("tag"),
            delete_on_termination=bool(asked.get("delete_on_termination")),
            multiattach=bool(volume.get("multiattach")),
            created_at=now,
        )

    def _give_up(self, server: Server, row: BlockDevice, fault: str) -> None:
        """End an attach that the volume service refused; what it may have noted is taken back."""
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            progress.finish(session, ours, server.generation, self._clock(), fault=fault)
            devices.move(session, row.id, {RESERVING}, LEAVING, self._clock())

    def _settle(self, row: BlockDevice) -> None:
        """End an attach that no host has a part in; a silent volume service is told by the sweep.

        Raises InvalidVolume when the sweep has given the attach up meanwhile.
        """
        with self._database.transaction() as session:
            moved = devices.move(session, row.id, {ATTACHING}, SETTLING, self._clock())
        if not moved:
            raise InvalidVolume(reason=f"attaching {row.volume_id} took too long; try again.")
        with contextlib.suppress(neighbours.ServiceSilent, neighbours.ServiceFailed):
            settle(self._database, self._volumes, row, self._clock)

    def detach(
        self, ctx: RequestContext, server_id: str, volume_id: str, *, over_lock: bool = False
    ) -> None:
        """Order a volume away from the guest; its report lets the volume go.

        Raises ServerNotFound, ServerLocked, ServerBusy, NotAttached, Forbidden, InvalidVolume.
        """
        progress.wait_for_plugs(self._database, server_id)
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            _refuse_locked(server, over_lock)
            row = devices.find(session, server_id, volume_id)
            if row is None or row.state in states.GUEST_LACKS:
                raise NotAttached(server_id=server_id, volume_id=volume_id)
            _refuse_root(server, row)
            offloaded = server.status == states.OFFLOADED
            if not offloaded:
                order = {"volume_id": volume_id}
                progress.begin(session, ctx, server, states.DETACH_VOLUME, self._clock(), **order)
            state = LEAVING if offloaded else DETACHING
            if not devices.move(session, row.id, USED, state, self._clock()):
                raise InvalidVolume(reason=f"volume {volume_id} is {row.state}, not attached.")
        if offloaded:
            leave(self._database, self._volumes, row)
            return
        try:
            self._volumes.begin_detaching(volume_id)
        except Refused as error:
            self._stay(server, row, str(error))
            raise InvalidVolume(reason=str(error)) from error
        message, host = orders.order_for(server, [], [row])
        self._bus.cast(ctx, message, host=host)

    def _stay(self, server: Server, row: BlockDevice, fault: str) -> None:
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            progress.finish(session, ours, server.generation, self._clock(), fault=fault)
            devices.move(session, row.id, {DETACHING}, ATTACHED, self._clock())


def shown(rows: Sequence[BlockDevice]) -> list[BlockDevice]:
    """Return the rows that users see: not of volumes that the guest has no longer, or not yet."""
    return [row for row in rows if row.state not in states.GUEST_LACKS]


def usable(
    volumes: VolumeService, ctx: RequestContext, volume_id: str, *, root: bool = False
) -> dict[str, Any]:
    """Return a volume that the caller may attach.  root: or boot from.

    Raises VolumeMissing, InvalidVolume.
    """
    try:
        volume = volumes.get(ctx, volume_id)
    except roots.NotFound as error:
        raise VolumeMissing(volume_id=volume_id) from error
    shared = volume.get("multiattach") and volume["status"] == "in-use"
    if volume["status"] != "available" and not shared:
        raise InvalidVolume(
            reason=f"volume '{volume_id}' status must be 'available'. Currently in "
            f"'{volume['status']}'."
        )
    if not root and archive.is_named(volume.get("volume_image_metadata") or {}):
        raise InvalidVolume(
            reason=f"volume {volume_id} holds a container's root file system: a container can "
            "boot from it, and no server have it beside what it boots from."
        )
    return volume


def name_for(server: Server, present: Sequence[BlockDevice], asked: str | None) -> str:
    """Return what a new volume is called in the guest.  Raises Conflict for a name in use."""
    taken = {row.device for row in present}
    local = 1 + bool(server.flavor["ephemeral"]) + bool(server.flavor["swap"])
    taken |= {f"/dev/vd{letter}" for letter in LETTERS[:local]}
    if asked and asked in taken:
        raise roots.Conflict(
            reason=f"The supplied device path ({asked}) is in use; without one, the next is taken."
        )
    if asked and asked.startswith("/dev/vd") and asked[7:] in tuple(LETTERS):
        return asked
    for letter in LETTERS:
        if f"/dev/vd{letter}" not in taken:
            return f"/dev/vd{letter}"
    raise roots.Forbidden(reason=f"A server has room for {len(LETTERS)} disks, and all are taken.")


def _refuse_locked(server: Server, over_lock: bool) -> None:
    if server.locked and not over_lock:
        raise errors.ServerLocked(server_id=server.id)


def _refuse_root(server: Server, row: BlockDevice) -> None:
    if row.boot_index == 0:
        raise roots.Forbidden(
            reason="Cannot detach a root device volume: the server boots from it."
        )


def refuse_volume_backed(server: Server, what: str) -> None:
    """Raise BadRequest for what a server that boots from a volume cannot do here."""
    if server.image_id is None:
        raise roots.BadRequest(
            reason=f"Server {server.id} boots from a volume and cannot {what}; its volume can be "
            "snapshotted, and another server can boot from that."
        )


def connector(server: Server, row: BlockDevice) -> dict[str, Any]:
    """Return what the volume service is told of the host that will reach the volume."""
    return {
        "host": server.host or "",
        "platform": "x86_64",
        "os_type": "linux",
        "multipath": False,
        "mountpoint": orders.device_name(row),
        "kind": request.kind_of(server.flavor, server.image),
    }


def connect(
    database: Database, volumes: VolumeService, server: Server, row: BlockDevice, clock: Clock
) -> None:
    """Have the volume service keep a volume for its server, and note how it is reached.

    Asked twice, it is the same attachment.  Where the row is gone meanwhile, so is what was asked.
    Raises InvalidVolume, ServiceFailed, ServiceSilent.
    """
    try:
        made = volumes.attach(server.id, row.volume_id, connector(server, row))
    except Refused as error:
        raise InvalidVolume(reason=str(error).removeprefix("Invalid volume: ")) from error
    with database.transaction() as session:
        ours = session.get(BlockDevice, row.id)
        if ours is not None:
            ours.attachment_id = row.attachment_id = made["id"]
            reached = {**made["connection_info"], "guest_host": server.host}
            ours.connection = row.connection = reached
            if ours.state == RESERVING:
                ours.state, ours.since = ATTACHING, clock()
        session.flush()
    if ours is None:
        volumes.detach(made["id"])
        raise InvalidVolume(
            reason=f"server {server.id} has let go of volume {row.volume_id} meanwhile."
        )
    row.state = ATTACHING if row.state == RESERVING else row.state


def begin_detaching(volumes: VolumeService, volume_id: str) -> None:
    """Say that a volume is about to be detached; one that is already is a success.

    Raises Refused, ServiceFailed, ServiceSilent.
    """
    try:
        volumes.begin_detaching(volume_id)
    except Refused:
        if volumes.status(volume_id) != "detaching":
            raise


def settle(database: Database, volumes: VolumeService, row: BlockDevice, clock: Clock) -> None:
    """Tell the volume service that the guest has a volume.  Raises ServiceFailed, ServiceSilent."""
    volumes.complete(str(row.attachment_id))
    with database.transaction() as session:
        devices.move(session, row.id, {SETTLING}, ATTACHED, clock())


def leave(
    database: Database, volumes: VolumeService, row: BlockDevice, *, delete: bool = False
) -> None:
    """Tell the volume service that a server has let go of a volume, and forget the row.

    A row that was connected meanwhile stays, and the sweep lets it go again.

    delete: whether the volume goes, too.  Raises ServiceFailed, ServiceSilent.
    """
    part(volumes, row, delete=delete)
    with database.transaction() as session:
        devices.remove(session, row.server_id, {row.id: row.attachment_id})


def part(volumes: VolumeService, row: BlockDevice, *, delete: bool) -> None:
    """End what the volume service knows of a server's volume.  delete: and the volume itself."""
    known = [row.attachment_id] if row.attachment_id else []
    for attachment_id in known or [
        one["id"] for one in volumes.attachments(row.server_id, row.volume_id)
    ]:
        volumes.detach(attachment_id)
    if delete:
        volumes.delete(row.volume_id)
