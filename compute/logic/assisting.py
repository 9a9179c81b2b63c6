"""What the volume service asks compute for: guests that see more of a volume, or write elsewhere.

Source: Compute API, "Create external events" (volume-extended) and "Assisted volume snapshots".
"""

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import Any

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from common.states import Verb
from compute import errors, states
from compute.clients import VolumeService
from compute.db import devices
from compute.db import servers as queries
from compute.db.models import BlockDevice, Server
from compute.logic import orders, progress
from compute.logic.devices import USED, VolumeMissing, connect

GIB = 1024**3


class PathRefused(roots.BadRequest):
    message = "new_file {path} is not in the pool of volume {volume_id}."


class Assisting:
    """Orders guests' hosts what the volume service cannot do by itself."""

    def __init__(self, database: Database, bus: Bus, volumes: VolumeService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._volumes = volumes
        self._clock = clock

    def extended(self, server_id: str, volume_id: str) -> bool:
        """Let a guest see that a volume is larger; False when it cannot now.

        The volume service tells of it again as long as it hears nothing.
        """
        with self._database.reading() as session:
            server = queries.find(session, server_id)
            row = devices.find(session, server_id, volume_id)
        if server is None or row is None or row.state not in USED:
            return False
        connect(self._database, self._volumes, server, row, self._clock)
        size = int(row.connection["size"]) * GIB
        try:
            self._order(server, row, states.EXTEND_VOLUME, size=size)
        except (errors.ServerBusy, errors.ServerNotFound):
            return False
        return True

    def snapshot(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> None:
        """Have the guest that uses a volume go on in another file.

        wanted: volume_id, create_info (snapshot_id, new_file).
        Raises VolumeMissing, ServerBusy, PathRefused.
        """
        facts = wanted["create_info"]
        row, server = self.user_of(wanted["volume_id"])
        new_file = _inside(row, facts["new_file"])
        progress.wait_for_plugs(self._database, server.id, states.PLUGS | {states.SNAPSHOT.name})
        order = {"snapshot_id": facts["snapshot_id"], "new_file": str(new_file)}
        self._order(server, row, states.SNAPSHOT_VOLUME, **order)

    def user_of(self, volume_id: str) -> tuple[BlockDevice, Server]:
        """Return the server that uses a volume.  Raises VolumeMissing."""
        with self._database.reading() as session:
            for row, server in devices.of_volume(session, volume_id):
                if row.state in USED:
                    return row, server
        raise VolumeMissing(volume_id=volume_id)

    def _order(self, server: Server, row: BlockDevice, verb: Verb, **facts: Any) -> None:
        internal = RequestContext.internal()
        ctx = dataclasses.replace(internal, user_id=server.user_id, project_id=server.project_id)
        with self._database.transaction() as session:
            ours = queries.get(session, ctx, server.id)
            order = {"volume_id": row.volume_id, **facts}
            progress.begin(session, ctx, ours, verb, self._clock(), **order)
        message, host = orders.order_for(ours, [], [row])
        self._bus.cast(ctx, message, host=host)


def _inside(row: BlockDevice, given: str) -> pathlib.PurePath:
    """Return the path of a file in the volume's pool.  Raises PathRefused."""
    pool = pathlib.PurePath(row.connection["device_path"]).parent.parent
    path = pool / "live" / given
    if ".." in path.parts or not path.is_relative_to(pool):
        raise PathRefused(path=given, volume_id=row.volume_id)
    return path
