"""Having a deleted server back, while that is possible."""

from collections.abc import Mapping

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute import states
from compute.db import quotas
from compute.db import servers as queries
from compute.logic import orders, progress


class Restoring:
    """The action restore."""

    def __init__(
        self, database: Database, bus: Bus, clock: Clock, *, quota: Mapping[str, int]
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._quota = quota

    def restore(self, ctx: RequestContext, server_id: str) -> None:
        """Run a server that was put aside.  Raises ServerNotFound, ServerBusy, QuotaExceeded."""
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if server.verb is not None or server.status != states.SOFT_DELETED:
                raise progress.busy(server, states.RESTORE.name)
            wanted = {"instances": 1, "cores": server.vcpus, "ram": server.memory_mib}
            quotas.require(session, server.project_id, wanted, self._quota)
            progress.begin(session, ctx, server, states.RESTORE, self._clock())
        message, host = orders.order_for(server, [])
        self._bus.cast(ctx, message, host=host)
