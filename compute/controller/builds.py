"""Building: a host, ports, and the order to the host's worker."""

import logging

from sqlalchemy import orm

from common import neighbours
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus, handles
from compute import errors, states
from compute.clients import NetworkService
from compute.controller import removals
from compute.controller.volumes import WAITING, Volumes, VolumesFailed
from compute.db import devices, ledger
from compute.db import servers as queries
from compute.db.models import Nic, Server
from compute.logic import orders, progress, scheduling, wiring
from compute.rpc import contract

LOG = logging.getLogger(__name__)
CLAIM_TRIES = 10


class Builds:
    """Takes a server from its row to its host."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        network: NetworkService,
        volumes: Volumes,
        clock: Clock,
        *,
        host_down_s: float,
        default_zone: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._network = network
        self._volumes = volumes
        self._clock = clock
        self._host_down_s = host_down_s
        self._default_zone = default_zone

    @handles(contract.BuildServer)
    def build(self, ctx: RequestContext, order: contract.BuildServer) -> None:
        """Schedule, wire, and order the guest; each part is skipped when it is done already."""
        placed = self._placed(order)
        if placed is None:
            return
        server, nics, again = placed
        if server.task_state == "networking" and not self._wired(ctx, server, nics, again):
            return
        if server.task_state == WAITING and not self._supplied(ctx, server):
            return
        message, host = orders.order_for(server, nics, self._volumes.of(server.id))
        self._bus.cast(ctx, message, host=host)

    def _placed(self, order: contract.BuildServer) -> tuple[Server, list[Nic], bool] | None:
        for attempt in range(CLAIM_TRIES):
            try:
                return self._place(order)
            except errors.ProviderChanged:
                LOG.info("server %s: claim %d met another", order.server_id, attempt + 1)
        return None

    def _place(self, order: contract.BuildServer) -> tuple[Server, list[Nic], bool] | None:
        now = self._clock()
        with self._database.transaction() as session:
            server = queries.find(session, order.server_id)
            if server is None or server.generation != order.generation:
                return None
            if server.verb not in states.BUILDS:
                return None
            nics = queries.nics_of(session, [server.id])[server.id]
            if server.task_state not in states.UNPLACED:
                return server, nics, True
            best, nearest = scheduling.place(
                session,
                server,
                now,
                down_after_s=self._host_down_s,
                default_zone=self._default_zone,
            )
            if best is None:
                fault = server.order.get("fault") or str(errors.NoValidHost(nearest=nearest))
                self._nowhere(session, server, order.generation, fault)
                return None
            if not progress.move(
                session, server, server.task_state, "networking", host=best.host, zone=best.zone
            ):
                ledger.release(session, server.id)
                return None
            return server, nics, False

    def _nowhere(self, session: orm.Session, server: Server, generation: int, fault: str) -> None:
        """End a build that no host takes; what it left where it was tried is cleared away."""
        now = self._clock()
        LOG.warning("server %s: %s", server.id, fault)
        tried, verb = bool(server.order.get("tried")), server.verb
        if progress.finish(session, server, generation, now, fault=fault) and tried:
            unshelving = verb == states.UNSHELVE.name
            progress.go_on(session, server, states.OFFLOAD if unshelving else states.ABANDON, now)

    def _wired(self, ctx: RequestContext, server: Server, nics: list[Nic], again: bool) -> bool:
        try:
            rows = wiring.wire(self._network, server, nics, again=again)
        except neighbours.ServiceSilent as error:
            LOG.warning("ports of server %s: %s; the sweep tries again", server.id, error)
            return False
        except neighbours.ServiceFailed as error:
            LOG.warning("ports of server %s: %s", server.id, error)
            removals.fail(
                self._database, self._bus, ctx, server, server.generation, str(error), self._clock()
            )
            return False
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            current = ours.generation == server.generation
            after = WAITING if devices.of(session, [server.id])[server.id] else "spawning"
            if current and progress.move(session, ours, "networking", after):
                for nic in queries.nics_of(session, [server.id])[server.id]:
                    for key, value in rows[nic.id].items():
                        setattr(nic, key, value)
                session.flush()
                server.task_state = ours.task_state
                nics[:] = queries.nics_of(session, [server.id])[server.id]
                return True
        LOG.info("server %s moved on while its ports were made; they go again", server.id)
        if not current:
            wiring.unwire(self._network, server.id, nics)
        return False

    def _supplied(self, ctx: RequestContext, server: Server) -> bool:
        """Have the server's volumes made and kept for it; False when that is not the last word.

        A volume that is on its way is heard of when it is there; see Volumes.changed.
        """
        try:
            if not self._volumes.ready(server, self._volumes.of(server.id)):
                return False
        except (neighbours.ServiceSilent, neighbours.ServiceFailed) as error:
            LOG.warning("volumes of server %s: %s; the sweep tries again", server.id, error)
            return False
        except VolumesFailed as error:
            LOG.warning("volumes of server %s: %s", server.id, error)
            fault, now = str(error), self._clock()
            removals.fail(self._database, self._bus, ctx, server, server.generation, fault, now)
            return False
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            if ours.generation != server.generation:
                return False
            moved = progress.move(session, ours, WAITING, "spawning")
            server.task_state = ours.task_state
        return moved
