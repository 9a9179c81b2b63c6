"""The sweep: verbs under way too long are ordered again, and in the end get their fault."""

import datetime as dt
import logging
from collections.abc import Sequence

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from common.rpc import Bus
from common.states import Verb
from compute import errors, states
from compute.clients import ImageService
from compute.controller import endings, leftovers, removals
from compute.controller.volumes import Volumes
from compute.db import hosts, moves
from compute.db import servers as queries
from compute.db.models import BlockDevice, Nic, Server
from compute.logic import orders, progress
from compute.logic.resizing import settle

LOG = logging.getLogger(__name__)
DOWN_ATTEMPTS = 30
"""How often a host that is down is ordered something that may take long when it is up."""
ROLES = ("nova-scheduler", "nova-conductor")


class Sweep:
    """One look at everything that is overdue."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        volumes: Volumes,
        clock: Clock,
        *,
        host: str,
        host_down_s: float,
        confirm_after_s: float,
        offload_after_s: float,
        reclaim_s: float,
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._volumes = volumes
        self._clock = clock
        self._host = host
        self._host_down_s = host_down_s
        self._confirm_after_s = confirm_after_s
        self._offload_after_s = offload_after_s
        self._reclaim_s = reclaim_s

    def run(self) -> None:
        """Give a sign of life, and take up what is overdue."""
        now = self._clock()
        with self._database.transaction() as session:
            for role in ROLES:
                hosts.seen(session, role, self._host, now)
        with self._database.reading() as session:
            overdue = queries.overdue(session, now)
        for server in overdue:
            self._take_up(server, now)
        self._volumes.sweep()
        if self._confirm_after_s > 0:
            self._confirm(now)
        if self._offload_after_s > 0:
            self._offload(now)
        if self._reclaim_s > 0:
            self._reclaim(now)

    def _offload(self, now: dt.datetime) -> None:
        """Take guests off their hosts whose servers have been shelved for long."""
        before = (now - dt.timedelta(seconds=self._offload_after_s)).replace(tzinfo=dt.UTC)
        with self._database.reading() as session:
            waiting = queries.shelved(session, before.timestamp())
        self._go_on(waiting, states.OFFLOAD, now)

    def _reclaim(self, now: dt.datetime) -> None:
        """Remove what nobody wanted back."""
        with self._database.reading() as session:
            waiting = queries.soft_deleted(session, now - dt.timedelta(seconds=self._reclaim_s))
        self._go_on(waiting, states.DELETE, now)

    def _go_on(self, servers: Sequence[Server], verb: Verb, now: dt.datetime) -> None:
        for server in servers:
            with self._database.transaction() as session:
                ours = session.get_one(Server, server.id)
                progress.go_on(session, ours, verb, now)
            if ours.verb == verb.name:
                message, host = orders.order_for(ours, [])
                self._bus.cast(RequestContext.internal(), message, host=host)

    def _confirm(self, now: dt.datetime) -> None:
        """Make resizes final that nobody has confirmed or taken back for long."""
        ctx = RequestContext.internal()
        before = now - dt.timedelta(seconds=self._confirm_after_s)
        with self._database.reading() as session:
            waiting = moves.unconfirmed(session, before)
        for migration in waiting:
            with self._database.transaction() as session:
                server = session.get_one(Server, migration.server_id)
                ours = moves.open_of(session, server.id)
                try:
                    if ours is None:
                        continue
                    settle(session, ctx, server, ours, states.CONFIRM, "confirming", now, 0)
                except errors.ServerBusy:
                    continue
            LOG.info("the resize of server %s is confirmed, since nobody did", server.id)
            message, host = orders.order_for(server, [])
            self._bus.cast(ctx, message, host=host)

    def _take_up(self, server: Server, now: dt.datetime) -> None:
        verb = states.VERBS[server.verb or ""]
        ctx = RequestContext.internal()
        with self._database.transaction() as session:
            down = server.host is not None and not hosts.is_up(
                session, server.host, now, self._host_down_s
            )
            if not progress.again(session, server, now):
                return
            session.expire_all()
            ours = session.get_one(Server, server.id)
            nics = queries.nics_of(session, [server.id])[server.id]
        long = verb.attempts == states.HOURS
        patience = DOWN_ATTEMPTS if down and long else verb.attempts
        if server.attempts >= patience or (down and verb.name in states.BUILDS):
            self._give_up(ctx, ours, down, now)
        else:
            self._order_again(ctx, ours, nics)

    def _order_again(self, ctx: RequestContext, server: Server, nics: list[Nic]) -> None:
        LOG.warning("server %s: %s, attempt %d", server.id, server.verb, server.attempts)
        message, host = orders.order_for(server, nics, self._volumes.of(server.id))
        self._bus.cast(ctx, message, host=host)

    def _give_up(self, ctx: RequestContext, server: Server, down: bool, now: dt.datetime) -> None:
        reason = "its host is down" if down else "its host did not answer in time"
        fault = f"The server could not {server.verb}: {reason}."
        LOG.error("server %s: %s", server.id, fault)
        if server.verb in states.BUILDS:
            removals.fail(self._database, self._bus, ctx, server, server.generation, fault, now)
            return
        try:
            leftovers.after(self._images, server, fault)
            self._volumes.answer(server, server.verb or "", server.order, fault)
        except CloudError as error:
            LOG.error("what %s of %s left stays there: %s", server.verb, server.id, error)
        failed = None if server.verb in states.HARMLESS else states.ERROR
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            done = endings.end(session, ours, server.generation, now, fault=fault, failed=failed)
            moved: list[BlockDevice] = []
            if done:
                verb = server.verb or ""
                moved = self._volumes.ended(session, ours, verb, server.order, fault)
        self._volumes.follow(moved)
