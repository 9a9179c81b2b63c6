"""Making a server anew: another image or the same, with the addresses and the id it has."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import errors, states
from compute.clients import ImageService, VolumeService
from compute.db import devices, keypairs, quotas
from compute.db import servers as queries
from compute.db.models import Server
from compute.logic import checks, orders, progress
from compute.logic.creation import check_user_data, new_password
from compute.scheduler import request
from compute.schemas.common import truth

COLUMNS = {
    "name": "name",
    "description": "description",
    "hostname": "hostname",
    "metadata": "details",
    "user_data": "user_data",
    "accessIPv4": "access_ip_v4",
    "OS-DCF:diskConfig": "disk_config",
}


class Rebuilding:
    """The rebuild action, behind its schema."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        volumes: VolumeService,
        clock: Clock,
        *,
        quota: Mapping[str, int],
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._volumes = volumes
        self._clock = clock
        self._quota = quota

    def rebuild(
        self,
        ctx: RequestContext,
        server_id: str,
        wanted: Mapping[str, Any],
        *,
        over_lock: bool,
        reimage: bool = True,
    ) -> str:
        """Write down what is to change, order the new guest, and return its password.

        reimage: whether a volume that the server boots from gets the image's content, too.
        Raises ServerNotFound, ServerLocked, ServerBusy, ImageUnusable, BadRequest, QuotaExceeded.
        """
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
        image = checks.image(self._images, ctx, str(wanted["imageRef"]))
        checks.image_fits(image, server)
        if request.kind_of(server.flavor, image) != request.kind_of(server.flavor, server.image):
            raise errors.ImageUnusable(reason="The image is for another kind of guest.")
        if truth(wanted.get("preserve_ephemeral")) and server.flavor["ephemeral"]:
            raise roots.BadRequest(
                reason="The ephemeral disk cannot be preserved: a rebuild makes it afresh."
            )
        check_user_data(wanted.get("user_data"))
        password = wanted.get("adminPass") or new_password()
        changes = {column: wanted[key] for key, column in COLUMNS.items() if key in wanted}
        changes |= {"admin_pass": password}
        if server.image_id is not None:
            changes |= {"image": image, "image_id": image["id"]}
        if "personality" in wanted:
            changes["files"] = checks.files(wanted["personality"])
        if "accessIPv6" in wanted:
            changes["access_ip_v6"] = checks.canonical_ipv6(wanted["accessIPv6"])
        order = {} if server.image_id else self._volume(server, image, reimage=reimage)
        with self._database.transaction() as session:
            items = wanted.get("metadata", {})
            quotas.require_items(session, server.project_id, items, self._quota)
            if "key_name" in wanted:
                changes |= _key(session, ctx, wanted["key_name"])
            server = self._begin(session, ctx, server_id, changes, order, over_lock=over_lock)
            nics = queries.nics_of(session, [server_id])[server_id]
            volumes = devices.of(session, [server_id])[server_id]
        message, host = orders.order_for(server, nics, volumes)
        self._bus.cast(ctx, message, host=host)
        return password

    def _begin(
        self,
        session: orm.Session,
        ctx: RequestContext,
        server_id: str,
        changes: Mapping[str, Any],
        order: Mapping[str, Any],
        *,
        over_lock: bool,
    ) -> Server:
        server = queries.get(session, ctx, server_id)
        if server.locked and not over_lock:
            raise errors.ServerLocked(server_id=server_id)
        verb = states.REBUILD_OFF if server.status == states.SHUTOFF else states.REBUILD
        if server.host is None:
            raise progress.busy(server, states.REBUILD.name)
        now = self._clock()
        queries.touch(session, server, now, **changes)
        progress.begin(session, ctx, server, verb, now, **order)
        return server

    def _volume(self, server: Server, image: Mapping[str, Any], *, reimage: bool) -> dict[str, Any]:
        """Return the order about the volume that a server boots from; empty: it stays as it is.

        Raises ImageUnusable.
        """
        with self._database.reading() as session:
            rows = devices.of(session, [server.id])[server.id]
        root = next(row for row in rows if row.boot_index == 0)
        if reimage:
            facts = {"volume_id": root.volume_id, "image_id": image["id"], "gone": False}
            return {"reimage": facts}
        present = self._volumes.get(RequestContext.internal(), root.volume_id)
        if (present.get("volume_image_metadata") or {}).get("image_id") != image["id"]:
            raise errors.ImageUnusable(
                reason="Unable to rebuild with a different image for a volume-backed server; from "
                "microversion 2.93 on, it can be."
            )
        return {}


def _key(session: orm.Session, ctx: RequestContext, name: str | None) -> dict[str, Any]:
    """Return the columns of another key, or of none.  Raises BadRequest."""
    if name is None:
        return {"key_name": None, "public_key": None}
    try:
        found = keypairs.get(session, ctx.user_id or "", name)
    except errors.KeypairNotFound as error:
        raise roots.BadRequest(reason="Invalid key_name provided.") from error
    return {"key_name": found.name, "public_key": found.public_key}
