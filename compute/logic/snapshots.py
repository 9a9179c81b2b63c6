"""Images made of servers: snapshots, and backups of which the newest few are kept."""

import uuid
from collections.abc import Mapping
from typing import Any

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from common.rpc import Bus
from common.states import Verb
from compute import errors, states
from compute.clients import ImageService
from compute.db import devices, quotas
from compute.db import servers as queries
from compute.db.models import Server
from compute.logic import imaging, orders, progress
from compute.logic.devices import refuse_volume_backed
from compute.scheduler import request

NOT_INHERITED = ("cache_in_nova", "bittorrent", "img_signature", "os_glance")


class Snapshots:
    """The actions createImage and createBackup, behind their schemas."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        clock: Clock,
        *,
        quota: Mapping[str, int],
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._clock = clock
        self._quota = quota

    def url(self, image_id: str) -> str:
        """Return where the image service shows an image."""
        return self._images.url(image_id)

    def create(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, Any], *, over_lock: bool
    ) -> str:
        """Have an image made of a server and return the image's id.

        wanted: name, metadata.
        Raises ServerNotFound, ServerLocked, ServerBusy, QuotaExceeded, Forbidden.
        """
        return self._begin(
            ctx, server_id, states.SNAPSHOT, wanted, {"image_type": "snapshot"}, over_lock
        )

    def back_up(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, Any], *, over_lock: bool
    ) -> str:
        """Have a backup made, and the oldest of its kind removed beyond `rotation`.

        wanted: name, metadata, backup_type, rotation.  Raises as create.
        """
        properties = {"image_type": "backup", "backup_type": wanted["backup_type"]}
        return self._begin(
            ctx,
            server_id,
            states.BACKUP,
            wanted,
            properties,
            over_lock,
            backup_type=wanted["backup_type"],
            rotation=int(wanted["rotation"]),
        )

    def _begin(
        self,
        ctx: RequestContext,
        server_id: str,
        verb: Verb,
        wanted: Mapping[str, Any],
        properties: Mapping[str, str],
        over_lock: bool,
        **order: Any,
    ) -> str:
        """Claim the server, register the image, order the work; undone when one is refused."""
        image_id = str(uuid.uuid4())
        metadata = wanted.get("metadata") or {}
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if verb is states.BACKUP:
                refuse_volume_backed(server, "be backed up")
            if server.locked and not over_lock:
                raise errors.ServerLocked(server_id=server_id)
            quotas.require_items(session, server.project_id, metadata, self._quota)
            rows = devices.of(session, [server_id])[server_id]
            if server.image_id is None:
                order["snapshots"] = imaging.chosen(rows)
            progress.begin(session, ctx, server, verb, self._clock(), image_id=image_id, **order)
        made = attributes(server, image_id, wanted["name"], {**properties, **metadata})
        if server.image_id is None:
            made |= imaging.mapped(rows, order["snapshots"])
        register(self._database, self._images, self._clock, ctx, server, made)
        message, host = orders.order_for(server, [])
        self._bus.cast(ctx, message, host=host)
        return image_id


def register(
    database: Database,
    images: ImageService,
    clock: Clock,
    ctx: RequestContext,
    server: Server,
    made: Mapping[str, Any],
) -> None:
    """Register the image of a verb that has begun; the verb ends where that is refused."""
    try:
        images.create(ctx, made)
    except CloudError as error:
        with database.transaction() as session:
            ours = session.get_one(Server, server.id)
            progress.finish(session, ours, server.generation, clock(), fault=str(error))
        raise


def attributes(
    server: Server, image_id: str, name: str, properties: Mapping[str, str]
) -> dict[str, Any]:
    """Return an image of a server as the image service is told of it."""
    image = server.image
    inherited = {
        key: value
        for key, value in image.get("properties", {}).items()
        if not key.startswith(NOT_INHERITED)
    }
    container = request.kind_of(server.flavor, image) == "container"
    return {
        **inherited,
        "instance_uuid": server.id,
        "user_id": server.user_id,
        "base_image_ref": server.image_id or "",
        **properties,
        "id": image_id,
        "name": name,
        "visibility": "private",
        "disk_format": "raw" if container else "qcow2",
        "container_format": "bare",
        "min_disk": max(image.get("min_disk") or 0, server.flavor["disk"]),
        "min_ram": image.get("min_ram") or 0,
    }
