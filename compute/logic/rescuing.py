"""Booting a server from another image, with its own disk at hand, and back."""

from collections.abc import Mapping
from typing import Any

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.clients import ImageService
from compute.db import devices
from compute.db import servers as queries
from compute.logic import checks, orders, progress
from compute.logic.creation import new_password
from compute.logic.devices import refuse_volume_backed
from compute.scheduler import request


class Rescuing:
    """The action rescue, behind its schema."""

    def __init__(
        self, database: Database, bus: Bus, images: ImageService, clock: Clock, *, grace_s: int
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._clock = clock
        self._grace_s = grace_s

    def rescue(
        self,
        ctx: RequestContext,
        server_id: str,
        wanted: Mapping[str, Any],
        *,
        over_lock: bool,
        of_volumes: bool = True,
    ) -> str:
        """Have a server boot from an image, its own if none is named; return the password.

        wanted: adminPass, rescue_image_ref.  of_volumes: whether one that boots from a volume may.
        Raises ServerNotFound, ServerLocked, ServerBusy, ImageUnusable.
        """
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
        if not of_volumes:
            refuse_volume_backed(server, "be rescued before microversion 2.87")
        image: Mapping[str, Any] = server.image
        if "rescue_image_ref" in wanted:
            image = checks.image(self._images, ctx, wanted["rescue_image_ref"])
        if server.image_id is None and not _says_how(image):
            raise errors.NotRescuable(server_id=server_id)
        if request.kind_of(server.flavor, image) != request.kind_of(server.flavor, server.image):
            raise errors.ImageUnusable(reason="The image is for another kind of guest.")
        password: str = wanted.get("adminPass") or new_password()
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if server.locked and not over_lock:
                raise errors.ServerLocked(server_id=server_id)
            if server.host is None:
                raise progress.busy(server, states.RESCUE.name)
            order = {"image": dict(image), "grace_s": self._grace_s}
            now, run = self._clock(), server.status == states.ACTIVE
            progress.begin(session, ctx, server, states.RESCUE, now, **order, run=run)
            queries.touch(session, server, now, admin_pass=password)
            nics = queries.nics_of(session, [server_id])[server_id]
            volumes = devices.of(session, [server_id])[server_id]
        message, host = orders.order_for(server, nics, volumes)
        self._bus.cast(ctx, message, host=host)
        return password


def _says_how(image: Mapping[str, Any]) -> bool:
    """Tell whether an image is made for rescuing servers that boot from volumes."""
    return bool(image["id"] and {"hw_rescue_device", "hw_rescue_bus"} & image["properties"].keys())
