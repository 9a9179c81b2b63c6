"""Volumes that move while they are used: compute copies them, and says how that went.

Source: Block Storage API v3, "Complete migration of a volume" (os-migrate_volume_completion).
"""

from typing import Final

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume.db import volumes
from volume.logic import news

STILL: Final = frozenset({None, "", "success", "error", "deleting"})
"""What `migration_status` says of a volume that is not being moved."""


class Moving:
    """Ends moves."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def completed(
        self, ctx: RequestContext, volume_id: str, new_volume_id: str, *, failed: bool
    ) -> str:
        """Hear that a guest went over to another volume, or could not; return which it has.

        Told twice, it is the same.  Raises VolumeNotFound.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.migration_status not in STILL:
                volume.migration_status = "error" if failed else "success"
                volume.updated_at = self._clock()
        news.tell(self._bus, ctx, volume)
        return volume_id if failed else new_volume_id
