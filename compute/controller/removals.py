"""Removing: the guest first, then its ports, then its claims and its place in the lists."""

import datetime as dt
import logging

from common import neighbours
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus, handles
from compute import states
from compute.clients import ImageService, NetworkService
from compute.controller import leftovers
from compute.controller.volumes import Volumes
from compute.db import devices, hosts, ledger, moves
from compute.db import servers as queries
from compute.db.models import Server
from compute.logic import progress, wiring
from compute.rpc import contract

LOG = logging.getLogger(__name__)
REMOVING = (states.DELETE.name, states.ABANDON.name, states.OFFLOAD.name)


class Connected(Exception):
    """A volume was connected to a server whose volumes had been let go."""


def fail(
    database: Database,
    bus: Bus,
    ctx: RequestContext,
    server: Server,
    generation: int,
    fault: str,
    now: dt.datetime,
) -> None:
    """End a build as failed, and begin clearing away what it left.

    A server that was to be unshelved is shelved as before.
    """
    with database.transaction() as session:
        ours = session.get_one(Server, server.id)
        if not progress.finish(session, ours, generation, now, fault=fault, admin_pass=None):
            return
        unshelving = server.verb == states.UNSHELVE.name
        progress.go_on(session, ours, states.OFFLOAD if unshelving else states.ABANDON, now)
        generation = ours.generation
    bus.cast(ctx, contract.RemoveServer(server_id=server.id, generation=generation))


class Removals:
    """Takes a server from its host, from its networks and from the ledger."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        network: NetworkService,
        volumes: Volumes,
        clock: Clock,
        *,
        host_down_s: float,
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._network = network
        self._volumes = volumes
        self._clock = clock
        self._host_down_s = host_down_s

    @handles(contract.RemoveServer)
    def remove(self, ctx: RequestContext, order: contract.RemoveServer) -> None:
        """Order the guest away; where no host can answer, go on without.

        A host that was down removes the guest when it reports again.
        """
        with self._database.reading() as session:
            server = queries.find(session, order.server_id)
            if server is None or server.generation != order.generation:
                return
            if server.verb not in REMOVING:
                return
            host = server.host
            answers = host is not None and hosts.is_up(
                session, host, self._clock(), self._host_down_s
            )
        if answers:
            message = contract.DeleteServer(
                server_id=server.id, generation=server.generation, verb=server.verb
            )
            self._bus.cast(ctx, message, host=host)
        else:
            self.clear(server.id, server.generation)

    def clear(self, server_id: str, generation: int) -> None:
        """Remove ports and claims of a server whose guest is gone, and finish its verb."""
        with self._database.reading() as session:
            server = queries.find(session, server_id)
            nics = queries.nics_of(session, [server_id])[server_id]
        if server is None or server.generation != generation:
            return
        try:
            self._drop_image(server)
            if server.verb == states.OFFLOAD.name:
                wiring.unbind(self._network, nics)
            elif nics:
                wiring.unwire(self._network, server_id, nics)
            keeps = server.verb == states.OFFLOAD.name
            parted = {} if keeps else self._volumes.let_go(server)
            shelved = (server.shelved or {}).get("image_id")
            if server.verb == states.DELETE.name and shelved:
                self._images.delete(shelved)
        except (neighbours.ServiceSilent, neighbours.ServiceFailed) as error:
            LOG.warning("what server %s leaves: %s; the sweep tries again", server_id, error)
            return
        try:
            self._forget(server_id, generation, parted)
        except Connected:
            LOG.info("server %s got a volume while it went; that is let go, too", server_id)
            self.clear(server_id, generation)

    def _drop_image(self, server: Server) -> None:
        """Remove what a snapshot that the removal has overtaken left behind."""
        order = server.order
        if order.get("snapshots") and self._images.status(order["image_id"]) != "active":
            self._volumes.drop_snapshots(order["snapshots"].values())
        leftovers.drop_unfinished(self._images, order.get("image_id"))

    def _forget(self, server_id: str, generation: int, parted: dict[str, str | None]) -> None:
        """Finish a removal.  parted: see Volumes.let_go.

        Raises Connected, and nothing is done, when a volume was connected meanwhile.
        """
        now = self._clock()
        with self._database.transaction() as session:
            server = session.get_one(Server, server_id)
            verb = server.verb
            deleting = verb == states.DELETE.name
            changes = {"deleted_at": now} if deleting else {"host": None}
            if not progress.finish(session, server, generation, now, **changes):
                return
            unplugged = verb != states.OFFLOAD.name
            if unplugged and not devices.remove(session, server_id, parted):
                raise Connected
            ledger.release_server(session, server_id)
            migration = moves.open_of(session, server_id)
            if migration is not None:
                over = "confirmed" if migration.status == "finished" else "error"
                moves.close(session, migration, over, now)
            for nic in queries.nics_of(session, [server_id])[server_id] if unplugged else ():
                nic.addresses = []
                if nic.ours:
                    nic.port_id = nic.mac = None
        LOG.info("server %s is %s", server_id, "deleted" if deleting else "cleared away")
