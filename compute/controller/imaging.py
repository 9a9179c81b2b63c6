"""Images of servers that boot from a volume: their volumes are snapshotted, one after the other."""

import logging

from common import neighbours
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import handles
from compute import states
from compute.clients import ImageService, Refused, VolumeService
from compute.controller import endings, leftovers
from compute.db import servers as queries
from compute.db.models import Server
from compute.rpc import contract

LOG = logging.getLogger(__name__)


class Imaging:
    """Carries out createImage where no host has a part in it.  All of it may be done twice."""

    def __init__(
        self, database: Database, images: ImageService, volumes: VolumeService, clock: Clock
    ) -> None:
        self._database = database
        self._images = images
        self._volumes = volumes
        self._clock = clock

    @handles(contract.SnapshotVolumes)
    def snapshot(self, ctx: RequestContext, order: contract.SnapshotVolumes) -> None:
        """Make the snapshots that the server's order names, and the image whole."""
        with self._database.reading() as session:
            server = queries.find(session, order.server_id)
        if server is None or server.generation != order.generation:
            return
        if server.verb != states.SNAPSHOT.name:
            return
        fault = ""
        try:
            try:
                self._make(server)
            except Refused as error:
                fault = f"The image was not made: {error}"
                self._undo(server)
            leftovers.after(self._images, server, fault)
        except (neighbours.ServiceSilent, neighbours.ServiceFailed) as error:
            LOG.warning("image of server %s: %s; the sweep tries again", server.id, error)
            return
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            endings.end(session, ours, order.generation, self._clock(), fault=fault)

    def _make(self, server: Server) -> None:
        image_id = server.order["image_id"]
        status = self._images.status(image_id)
        if status is None:
            raise Refused(reason=f"image {image_id} was deleted meanwhile")
        if status == "active":
            return
        for volume_id, snapshot_id in server.order["snapshots"].items():
            self._volumes.take_snapshot(
                server.project_id, volume_id, self._wanted(server, snapshot_id)
            )
        self._images.complete_empty(image_id)

    def _wanted(self, server: Server, snapshot_id: str) -> dict[str, str]:
        return {
            "id": snapshot_id,
            "user_id": server.user_id,
            "name": f"snapshot for {server.name}"[:255],
        }

    def _undo(self, server: Server) -> None:
        for snapshot_id in server.order["snapshots"].values():
            self._volumes.drop_snapshot(snapshot_id)
