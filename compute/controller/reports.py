"""What workers report: how orders ended, what hosts have, what guests do by themselves."""

import logging
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from common.rpc import Bus, handles
from compute import states
from compute.clients import ImageService, NetworkService
from compute.controller import endings, leftovers, removals
from compute.controller.reimaging import Reimaging
from compute.controller.removals import REMOVING, Removals
from compute.controller.volumes import Volumes
from compute.db import hosts, ledger
from compute.db import servers as queries
from compute.db.models import BlockDevice, Nic, Server
from compute.logic import orders, progress, wiring
from compute.rpc import contract

LOG = logging.getLogger(__name__)


class Reports:
    """Writes down what the hosts say."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        network: NetworkService,
        removals: Removals,
        volumes: Volumes,
        reimaging: Reimaging,
        clock: Clock,
        *,
        offload_after_s: float,
        host_down_s: float,
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._network = network
        self._removals = removals
        self._volumes = volumes
        self._reimaging = reimaging
        self._clock = clock
        self._offload_after_s = offload_after_s
        self._host_down_s = host_down_s

    @handles(contract.ServerReport)
    def server(self, ctx: RequestContext, report: contract.ServerReport) -> None:
        """Record the outcome of an order, if the server still waits for that very one."""
        with self._database.reading() as session:
            server = queries.find(session, report.server_id)
        late = server is None or server.generation != report.generation
        strange = report.verb in states.BUILDS and server is not None and server.host != report.host
        if server is None or late or strange or server.verb != report.verb:
            LOG.info("late report on %s of server %s", report.verb, report.server_id)
            return
        if report.verb in REMOVING:
            self._removed(report)
        elif orders.reimages(server) and not report.fault:
            self._reimaging.gone(ctx, server)
        elif report.fault and report.verb in states.BUILDS and self._elsewhere(ctx, report):
            pass
        elif report.fault and report.verb in states.BUILDS:
            removals.fail(
                self._database,
                self._bus,
                ctx,
                server,
                report.generation,
                report.fault,
                self._clock(),
            )
        else:
            self._ended(ctx, server, report)

    def _elsewhere(self, ctx: RequestContext, report: contract.ServerReport) -> bool:
        """Have a build that failed tried on another host; False when it was on enough of them."""
        with self._database.transaction() as session:
            server = session.get_one(Server, report.server_id)
            others = hosts.up_beside(session, report.host, self._clock(), self._host_down_s)
            if not others or server.generation != report.generation:
                return False
            if not progress.elsewhere(session, server, report.fault):
                return False
            ledger.release(session, server.id)
        LOG.warning("server %s: %s; another host is tried", server.id, report.fault)
        mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
        left = contract.DeleteServer(**mark, verb=states.ABANDON.name)
        self._bus.cast(ctx, left, host=report.host)
        self._bus.cast(ctx, contract.BuildServer(**mark))
        return True

    def _removed(self, report: contract.ServerReport) -> None:
        if report.fault:
            LOG.warning("host %s keeps %s: %s", report.host, report.server_id, report.fault)
            return
        self._removals.clear(report.server_id, report.generation)

    def _ended(self, ctx: RequestContext, server: Server, report: contract.ServerReport) -> None:
        now = self._clock()
        changes: dict[str, Any] = {"reported_at": report.at}
        if report.verb in states.TELLING:
            changes["admin_pass"] = None
            if not report.fault and report.verb in states.BUILDS | states.REBUILDS:
                changes["launched_at"] = now
        parted = self._parted(server, report)
        try:
            leftovers.after(self._images, server, report.fault)
            self._volumes.answer(server, report.verb, server.order, report.fault)
            for nic in parted:
                wiring.let_go(self._network, nic)
        except CloudError as error:
            LOG.warning("%s of %s: %s; the sweep tries again", server.verb, server.id, error)
            return
        moved: list[BlockDevice] = []
        with self._database.transaction() as session:
            ours = session.get_one(Server, server.id)
            done = endings.end(session, ours, report.generation, now, fault=report.fault, **changes)
            if done and parted:
                gone = [nic.id for nic in parted]
                session.execute(sa.delete(Nic).where(Nic.id.in_(gone)))
            if done:
                moved = self._volumes.ended(session, ours, report.verb, server.order, report.fault)
            at_once = self._offload_after_s == 0 or ours.image_id is None
            if done and ours.status == states.SHELVED and at_once:
                progress.go_on(session, ours, states.OFFLOAD, now)
        self._volumes.follow(moved)
        if done:
            LOG.info("server %s: %s %s", server.id, report.verb, report.fault or "done")
        if done and ours.verb == states.OFFLOAD.name:
            message, host = orders.order_for(ours, [])
            self._bus.cast(ctx, message, host=host)

    def _parted(self, server: Server, report: contract.ServerReport) -> list[Nic]:
        """Return the port that was taken from the guest, or could not be given to it."""
        failed_attach = report.verb == states.ATTACH.name and report.fault
        detached = report.verb == states.DETACH.name and not report.fault
        if not failed_attach and not detached:
            return []
        with self._database.reading() as session:
            nics = queries.nics_of(session, [server.id])[server.id]
        return [nic for nic in nics if nic.port_id == server.order["port_id"]]

    @handles(contract.ServerStep)
    def step(self, ctx: RequestContext, report: contract.ServerStep) -> None:
        """Show how far a host has come."""
        with self._database.transaction() as session:
            progress.step(session, report.server_id, report.generation, report.task, self._clock())

    @handles(contract.GuestChanged)
    def guest(self, ctx: RequestContext, news: contract.GuestChanged) -> None:
        """Take over what a guest did by itself."""
        with self._database.transaction() as session:
            server = queries.find(session, news.server_id)
            if server is not None and server.host == news.host:
                self._follow(session, server, news.state, news.at)

    def _follow(self, session: orm.Session, server: Server, state: str, at: float) -> None:
        """Let the row follow the guest, unless a verb is under way or newer news was heard."""
        status = states.STATUS_OF_GUEST.get(state)
        if status is not None and status != server.status:
            before = server.status
            if progress.follow(session, server, status, at, self._clock()):
                LOG.info("server %s went from %s to %s by itself", server.id, before, status)

    @handles(contract.HostReport)
    def host(self, ctx: RequestContext, report: contract.HostReport) -> None:
        """Note what a host has and runs, and order away what should not be there."""
        now = self._clock()
        with self._database.transaction() as session:
            hosts.seen(session, hosts.COMPUTE, report.host, now)
            values = {
                "hypervisors": report.hypervisors,
                "facts": report.facts,
                "reported_at": report.at,
            }
            hosts.report(session, report.host, report.inventory, report.traits, values, now)
            known = queries.on_host(session, report.host, report.guests)
            for server in known.values():
                if server.host == report.host and server.deleted_at is None:
                    self._compare(session, server, report)
            nics = queries.nics_of(session, list(known))
        self._clear_leftovers(ctx, report, known)
        ours = {nic.port_id for rows in nics.values() for nic in rows}
        strangers = sorted(set(report.ports) - ours)
        if strangers:
            LOG.warning("host %s has ports of nobody plugged: %s", report.host, strangers)
            self._bus.cast(ctx, contract.UnplugPorts(port_ids=strangers), host=report.host)

    def _compare(self, session: orm.Session, server: Server, report: contract.HostReport) -> None:
        state = report.guests.get(server.id)
        if state is not None:
            self._follow(session, server, state, report.at)
        elif progress.follow(session, server, states.ERROR, report.at, self._clock()):
            LOG.error("server %s is missing on host %s", server.id, report.host)
            fault = "The server's guest is missing on its host."
            queries.record_fault(session, server.id, fault, 500, self._clock())

    def _clear_leftovers(
        self, ctx: RequestContext, report: contract.HostReport, known: dict[str, Server]
    ) -> None:
        for server_id in report.guests:
            server = known.get(server_id)
            if server is None:
                LOG.error("host %s runs %s, which no row knows", report.host, server_id)
            elif server.deleted_at is not None or server.host != report.host:
                LOG.warning("host %s still runs server %s; removing it", report.host, server_id)
                order = contract.DeleteServer(server_id=server_id, generation=server.generation)
                self._bus.cast(ctx, order, host=report.host)
