"""Rebuilds of servers that boot from a volume: the volume gets the image's content in between.

First the guest goes from its host, which reports it; then the volume service is asked, and tells
when it is done; then the guest is made anew.  Where it stands, the server's order says.
"""

import logging
from typing import Any

import sqlalchemy as sa

from common import db, neighbours
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus, handles
from compute.clients import Refused, VolumeService
from compute.controller import endings
from compute.db import devices
from compute.db import servers as queries
from compute.db.models import Server
from compute.logic import orders
from compute.rpc import contract

LOG = logging.getLogger(__name__)


class Reimaging:
    """All of it may be done twice: an image's content is the same each time."""

    def __init__(self, database: Database, bus: Bus, volumes: VolumeService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._volumes = volumes
        self._clock = clock

    def gone(self, ctx: RequestContext, server: Server) -> None:
        """Go on after the guest has left its host."""
        if self._note(server, {**server.order["reimage"], "gone": True}):
            self._go_on(ctx, server)

    @handles(contract.ReimageVolume)
    def ask(self, ctx: RequestContext, order: contract.ReimageVolume) -> None:
        """Have the volume get its content, or see whether it has."""
        with self._database.reading() as session:
            server = queries.find(session, order.server_id)
        if server is None or server.generation != order.generation or not orders.reimages(server):
            return
        wanted = server.order["reimage"]
        try:
            if not wanted.get("asked"):
                self._volumes.reimage(wanted["volume_id"], wanted["image_id"])
                wanted = {**wanted, "asked": True}
                if not self._note(server, wanted):
                    return
            status = self._volumes.status(wanted["volume_id"])
        except Refused as error:
            self._fail(server, str(error))
        except (neighbours.ServiceSilent, neighbours.ServiceFailed) as error:
            LOG.warning("rebuild of server %s: %s; the sweep tries again", server.id, error)
        else:
            self._look(ctx, server, status)

    def _go_on(self, ctx: RequestContext, server: Server) -> None:
        mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
        self._bus.cast(ctx, contract.ReimageVolume(**mark))

    def _look(self, ctx: RequestContext, server: Server, status: str | None) -> None:
        if status == "downloading":
            return
        if status is None or status.startswith("error"):
            self._fail(
                server, f"its volume did not get the image: its status is {status or 'gone'}"
            )
            return
        if not self._note(server, None):
            return
        with self._database.reading() as session:
            ours = session.get_one(Server, server.id)
            nics = queries.nics_of(session, [server.id])[server.id]
            rows = devices.of(session, [server.id])[server.id]
        message, host = orders.order_for(ours, nics, rows)
        self._bus.cast(ctx, message, host=host)

    def _note(self, server: Server, wanted: dict[str, Any] | None) -> bool:
        """Write down how far a rebuild is; None: the guest can be made."""
        order = {**server.order, "reimage": wanted}
        same = (Server.id == server.id, Server.generation == server.generation)
        with self._database.transaction() as session:
            return db.matched(session, sa.update(Server).where(*same).values(order=order))

    def _fail(self, server: Server, reason: str) -> None:
        fault = f"The server was not rebuilt: {reason}"
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            endings.end(session, ours, server.generation, self._clock(), fault=fault)
