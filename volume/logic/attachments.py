"""Attachments: who uses a volume, or is about to, and what their host is told.

Source: Block Storage API v3, "Attachments" (3.27 and 3.44), and the older volume actions.
"""

import builtins
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import errors, states
from volume.db import attachments as queries
from volume.db import exports, volumes
from volume.db.models import Attachment, Volume
from volume.logic import exporting, moving, news, progress
from volume.logic.connecting import connection, mode_of

RESERVED, ATTACHING, ATTACHED, DETACHING = "reserved", "attaching", "attached", "detaching"
RESERVABLE = frozenset({states.AVAILABLE})
SHAREABLE = frozenset({states.AVAILABLE, states.IN_USE, states.RESERVED, states.ATTACHING})


class Attachments:
    """Makes, completes and ends attachments."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def create(
        self,
        ctx: RequestContext,
        volume_id: str,
        server_id: str | None,
        connector: Mapping[str, Any],
        mode: str | None,
    ) -> Attachment:
        """Reserve a volume for a server, and connect it when the connector is known.

        Raises VolumeNotFound, InvalidVolume.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            present = volumes.attachments_of(session, [volume_id])[volume_id]
            _refuse(volume, present, server_id)
            mode_of(volume, mode)
            attachment = self._row(volume, server_id, mode)
            session.add(attachment)
            session.flush()
            if connector:
                self._connect(session, volume, attachment, connector)
            self._settle(session, volume)
            export = exports.of_attachment(session, attachment.id)
        exporting.begin(self._bus, ctx, export, shared=volume.multiattach)
        news.tell(self._bus, ctx, volume)
        return attachment

    def _row(self, volume: Volume, server_id: str | None, mode: str | None) -> Attachment:
        return Attachment(
            id=str(uuid.uuid4()),
            volume_id=volume.id,
            project_id=volume.project_id,
            server_id=server_id,
            status=RESERVED,
            mode=mode,
            created_at=self._clock(),
        )

    def update(
        self, ctx: RequestContext, attachment_id: str, connector: Mapping[str, Any]
    ) -> Attachment:
        """Connect an attachment: say to its host how the volume is reached.

        Raises AttachmentNotFound, InvalidInput.
        """
        with self._database.transaction() as session:
            attachment = queries.get(session, ctx, attachment_id)
            volume = session.get_one(Volume, attachment.volume_id)
            self._connect(session, volume, attachment, connector)
            self._settle(session, volume)
            export = exports.of_attachment(session, attachment.id)
        exporting.begin(self._bus, ctx, export, shared=volume.multiattach)
        news.tell(self._bus, ctx, volume)
        return attachment

    def _connect(
        self,
        session: orm.Session,
        volume: Volume,
        attachment: Attachment,
        connector: Mapping[str, Any],
    ) -> None:
        attachment.connector = dict(connector)
        attachment.host = str(connector.get("host") or "")
        attachment.mountpoint = connector.get("mountpoint") or attachment.mountpoint
        attachment.mode = connector.get("mode") or attachment.mode or mode_of(volume, None)
        told = connection(session, volume, attachment)
        attachment.connection = exporting.reach(session, volume, attachment, told, self._clock)
        if attachment.status != ATTACHED:
            attachment.status = ATTACHING
        session.flush()

    def complete(self, ctx: RequestContext, attachment_id: str) -> None:
        """Note that the guest uses the volume.  Raises AttachmentNotFound."""
        with self._database.transaction() as session:
            attachment = queries.get(session, ctx, attachment_id)
            volume = session.get_one(Volume, attachment.volume_id)
            self._attached(session, volume, attachment)
        news.tell(self._bus, ctx, volume)

    def _attached(self, session: orm.Session, volume: Volume, attachment: Attachment) -> None:
        attachment.status = ATTACHED
        attachment.attached_at = self._clock()
        volume.admin_details = {**volume.admin_details, "attached_mode": attachment.mode or "rw"}
        session.flush()
        self._settle(session, volume)

    def delete(self, ctx: RequestContext, attachment_id: str) -> builtins.list[Attachment]:
        """End an attachment, and return those that the volume has left.

        Raises AttachmentNotFound, UsedByServer.
        """
        with self._database.transaction() as session:
            attachment = queries.get(session, ctx, attachment_id)
            _refuse_end(ctx, attachment)
            volume = session.get_one(Volume, attachment.volume_id)
            export = exports.of_attachment(session, attachment_id)
            left = self._end(session, volume, attachment)
        exporting.end(self._bus, ctx, [export])
        news.tell(self._bus, ctx, volume)
        return left

    def _end(
        self, session: orm.Session, volume: Volume, attachment: Attachment
    ) -> builtins.list[Attachment]:
        session.delete(attachment)
        session.flush()
        left = self._settle(session, volume)
        if not left:
            kept = volume.admin_details.items()
            volume.admin_details = {k: v for k, v in kept if k != "attached_mode"}
            session.flush()
        return left

    def _settle(self, session: orm.Session, volume: Volume) -> builtins.list[Attachment]:
        """Let the volume's status follow from its attachments, and return them.

        Where a verb is under way, it is the status from before that follows.
        """
        left = volumes.attachments_of(session, [volume.id])[volume.id]
        status = status_of(left)
        if volume.verb is None:
            volume.status = status
        elif volume.previous in (states.AVAILABLE, states.IN_USE):
            volume.previous = status
        volume.updated_at = self._clock()
        session.flush()
        return left

    def get(self, ctx: RequestContext, attachment_id: str) -> Attachment:
        """Return an attachment the caller may see.  Raises AttachmentNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, attachment_id)

    def list(
        self,
        conditions: Iterable[sa.ColumnElement[bool]],
        page: paging.Page,
        offset: int,
    ) -> builtins.list[Attachment]:
        """Return a page of attachments."""
        with self._database.reading() as session:
            return queries.page(session, tuple(conditions), page, offset)

    # The older actions on the volume itself.

    def reserve(self, ctx: RequestContext, volume_id: str) -> None:
        """Keep a volume for somebody who is about to attach it."""
        self._set(ctx, volume_id, frozenset({states.AVAILABLE}), "reserve", states.ATTACHING)

    def unreserve(self, ctx: RequestContext, volume_id: str) -> None:
        """Give a reservation up; a volume that is not reserved stays as it is."""
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.status in (states.ATTACHING, states.RESERVED) and volume.verb is None:
                present = volumes.attachments_of(session, [volume_id])[volume_id]
                volume.status = status_of(present)
        news.tell(self._bus, ctx, volume)

    def begin_detaching(self, ctx: RequestContext, volume_id: str) -> None:
        """Note that a volume is about to be detached; one that is being moved shows only that."""
        with self._database.reading() as session:
            if moving.is_used(volumes.get(session, ctx, volume_id)):
                return
        self._set(ctx, volume_id, frozenset({states.IN_USE}), "detach", states.DETACHING)

    def roll_detaching(self, ctx: RequestContext, volume_id: str) -> None:
        """Note that a volume stays attached after all."""
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.status == states.DETACHING:
                volume.status = states.IN_USE
        news.tell(self._bus, ctx, volume)

    def _set(
        self, ctx: RequestContext, volume_id: str, start: frozenset[str], verb: str, status: str
    ) -> None:
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            progress.set_status(session, volume, start, verb, status, self._clock())
        news.tell(self._bus, ctx, volume)

    def attach(self, ctx: RequestContext, volume_id: str, wanted: Mapping[str, Any]) -> None:
        """Note that a server or a host uses a volume.

        wanted: instance_uuid or host_name, mountpoint, mode.
        Raises VolumeNotFound, InvalidVolume.
        """
        server_id = wanted.get("instance_uuid")
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            present = volumes.attachments_of(session, [volume_id])[volume_id]
            usable = (states.AVAILABLE, states.ATTACHING, states.IN_USE)
            if volume.status not in usable or (present and not volume.multiattach):
                raise progress.busy(volume, "attach", frozenset(usable[:2]))
            mode = mode_of(volume, wanted.get("mode"))
            attachment = self._row(volume, server_id, mode)
            attachment.host = wanted.get("host_name")
            attachment.mountpoint = wanted.get("mountpoint")
            session.add(attachment)
            session.flush()
            self._attached(session, volume, attachment)
        news.tell(self._bus, ctx, volume)

    def detach(
        self, ctx: RequestContext, volume_id: str, attachment_id: str | None, *, force: bool = False
    ) -> None:
        """Note that a volume is used no longer, by one or by its only user.

        Raises VolumeNotFound, AttachmentNotFound, InvalidVolume.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            present = volumes.attachments_of(session, [volume_id])[volume_id]
            found = [one for one in present if attachment_id in (None, one.id)]
            if attachment_id and not found:
                raise errors.AttachmentNotFound(attachment_id=attachment_id)
            if not attachment_id and len(found) > 1:
                raise errors.InvalidVolume(
                    reason="Detach volume failed: More than one attachment, but no attachment_id "
                    "provided."
                )
            idle = volume.status == states.AVAILABLE and not present
            if volume.status not in (states.IN_USE, states.DETACHING) and not (force or idle):
                starts = frozenset({states.IN_USE, states.DETACHING})
                raise progress.busy(volume, "detach", starts)
            for one in found:
                _refuse_end(ctx, one)
            if volume.status == states.DETACHING:
                volume.status = states.IN_USE
            served = [exports.of_attachment(session, one.id) for one in found]
            for one in found:
                self._end(session, volume, one)
            self._settle(session, volume)
        exporting.end(self._bus, ctx, served)
        news.tell(self._bus, ctx, volume)

    def terminate(self, ctx: RequestContext, volume_id: str) -> None:
        """Hear that a host reaches the volume no longer: there is nothing to undo.

        Raises VolumeNotFound.
        """
        with self._database.reading() as session:
            volumes.get(session, ctx, volume_id)

    def initialize(
        self, ctx: RequestContext, volume_id: str, connector: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return how a host reaches a volume.  Raises VolumeNotFound."""
        with self._database.reading() as session:
            volume = volumes.get(session, ctx, volume_id)
            probe = Attachment(id="", volume_id=volume.id, mode=connector.get("mode"))
            return connection(session, volume, probe)


def status_of(present: Sequence[Attachment]) -> str:
    """Return the status of a volume with these attachments."""
    held = {one.status for one in present}
    for state, status in (
        (ATTACHED, states.IN_USE),
        (DETACHING, states.DETACHING),
        (ATTACHING, states.ATTACHING),
        (RESERVED, states.RESERVED),
    ):
        if state in held:
            return status
    return states.AVAILABLE


def _refuse(volume: Volume, present: Sequence[Attachment], server_id: str | None) -> None:
    usable = SHAREABLE if volume.multiattach else RESERVABLE
    if volume.verb is not None or volume.status not in usable:
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} status must be {' or '.join(sorted(usable))} to reserve, "
            f"but the current status is {volume.status}."
        )
    if volume.multiattach and server_id and any(one.server_id == server_id for one in present):
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is already attached to server {server_id}."
        )


def _refuse_end(ctx: RequestContext, attachment: Attachment) -> None:
    """Raise UsedByServer when a server's host was told of the volume: it would keep writing.

    Compute's own service user may end it, once the guest has let go.
    Source: the rules about detaching after CVE-2023-2088.
    """
    if attachment.server_id and attachment.connection and "service" not in ctx.roles:
        raise errors.UsedByServer(server_id=attachment.server_id)
