"""Putting a server away: its disk becomes an image, its place on the host is given back."""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.clients import ImageService
from compute.db import servers as queries
from compute.db.ledger_models import Host
from compute.db.models import Server
from compute.logic import checks, orders, progress, scheduling, snapshots


class Shelving:
    """The actions shelve, shelveOffload and unshelve, behind their schemas."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        clock: Clock,
        *,
        grace_s: int,
        default_zone: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._clock = clock
        self._grace_s = grace_s
        self._default_zone = default_zone

    def shelve(self, ctx: RequestContext, server_id: str, *, over_lock: bool) -> None:
        """Shut a server down and make the image it comes back from.

        One that boots from a volume comes back from that.
        Raises ServerNotFound, ServerLocked, ServerBusy, Forbidden.
        """
        image_id = str(uuid.uuid4())
        order: dict[str, Any] = {"grace_s": self._grace_s}
        with self._database.transaction() as session:
            server = _unlocked(session, ctx, server_id, over_lock)
            if server.image_id is not None:
                order["image_id"] = image_id
            progress.begin(session, ctx, server, states.SHELVE, self._clock(), **order)
        if server.image_id is not None:
            name = f"{server.name[:247]}-shelved"
            made = snapshots.attributes(server, image_id, name, {"image_type": "snapshot"})
            snapshots.register(self._database, self._images, self._clock, ctx, server, made)
        self._order(ctx, server)

    def offload(self, ctx: RequestContext, server_id: str, *, over_lock: bool) -> None:
        """Take a shelved server off its host.  Raises ServerNotFound, ServerLocked, ServerBusy."""
        with self._database.transaction() as session:
            server = _unlocked(session, ctx, server_id, over_lock)
            if server.status != states.SHELVED:
                raise progress.busy(server, states.OFFLOAD.name)
            progress.begin(session, ctx, server, states.OFFLOAD, self._clock())
        self._order(ctx, server)

    def unshelve(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, Any], *, over_lock: bool
    ) -> None:
        """Bring a server back: on its host while it is there, else wherever there is room.

        wanted: availability_zone (None: any), host.
        Raises ServerNotFound, ServerLocked, ServerBusy, BadRequest, ImageUnusable.
        """
        with self._database.reading() as session:
            server = _unlocked(session, ctx, server_id, over_lock)
        if server.status != states.OFFLOADED:
            self._come_back_here(ctx, server_id, wanted, over_lock=over_lock)
            return
        image_id = (server.shelved or {}).get("image_id", server.image_id)
        image = server.image
        if image_id is not None:
            image = checks.image(self._images, RequestContext.internal(), str(image_id))
        with self._database.transaction() as session:
            server = _unlocked(session, ctx, server_id, over_lock)
            changes = self._placed(session, wanted)
            queries.touch(session, server, self._clock(), **changes)
            progress.begin(session, ctx, server, states.UNSHELVE, self._clock(), image=image)
        self._order(ctx, server)

    def _come_back_here(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, Any], *, over_lock: bool
    ) -> None:
        with self._database.transaction() as session:
            server = _unlocked(session, ctx, server_id, over_lock)
            if wanted and server.status == states.SHELVED:
                raise roots.Conflict(
                    reason="The server is still on its host, and has to be offloaded before it "
                    "can come back elsewhere."
                )
            progress.begin(session, ctx, server, states.UNSHELVE_HERE, self._clock())
        self._order(ctx, server)

    def _placed(self, session: orm.Session, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns that say where a server has to go.  Raises BadRequest."""
        changes: dict[str, Any] = {"host_wanted": wanted.get("host")}
        if "availability_zone" in wanted:
            zone = wanted["availability_zone"]
            scheduling.require_zone(session, zone, self._default_zone)
            changes["zone_wanted"] = zone
        host = wanted.get("host")
        if host and session.scalar(sa.select(Host).where(Host.name == host)) is None:
            raise roots.BadRequest(reason=f"Compute host {host} could not be found.")
        return changes

    def _order(self, ctx: RequestContext, server: Server) -> None:
        message, host = orders.order_for(server, [])
        self._bus.cast(ctx, message, host=host)


def _unlocked(session: orm.Session, ctx: RequestContext, server_id: str, over_lock: bool) -> Server:
    """Return a server that its caller may act on.  Raises ServerNotFound, ServerLocked."""
    server = queries.get(session, ctx, server_id)
    if server.locked and not over_lock:
        raise errors.ServerLocked(server_id=server_id)
    return server
