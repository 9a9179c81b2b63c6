"""What can be done with a server that exists."""

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common import neighbours
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.paging import Page
from common.rpc import Bus
from common.states import Verb
from compute import errors, states
from compute.clients import NetworkService
from compute.db import devices, hosts
from compute.db import servers as queries
from compute.db.models import Action, Server
from compute.logic import checks, orders, progress
from compute.logic.devices import shown
from compute.views.servers import Parts


class Servers:
    """Showing, changing and commanding servers."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        network: NetworkService,
        clock: Clock,
        *,
        grace_s: int,
        host_down_s: float,
        reclaim_s: float,
    ) -> None:
        self._database = database
        self._bus = bus
        self._network = network
        self._clock = clock
        self._grace_s = grace_s
        self._host_down_s = host_down_s
        self._reclaim_s = reclaim_s

    def get(self, ctx: RequestContext, server_id: str) -> tuple[Server, Parts]:
        """Return a server and its parts.  Raises ServerNotFound."""
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id)
            parts = self._parts(session, [server])
        return server, self._with_floating(parts)[server.id]

    def plain(self, ctx: RequestContext, server_id: str, *, deleted: bool = False) -> Server:
        """Return a server's row alone.  Raises ServerNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, server_id, deleted=deleted)

    def actions(
        self, ctx: RequestContext, server_id: str, *, deleted: bool
    ) -> tuple[Server, builtins.list[Action]]:
        """Return what was asked of a server, newest first.  Raises ServerNotFound."""
        with self._database.reading() as session:
            server = queries.get(session, ctx, server_id, deleted=deleted)
            return server, queries.actions(session, server_id)

    def list(
        self, conditions: Sequence[Any], page: Page, *, parts: bool
    ) -> tuple[list[Server], dict[str, Parts]]:
        """Return a page of servers, with their parts where asked for."""
        with self._database.reading() as session:
            found = queries.page(session, conditions, page)
            owned = self._parts(session, found) if parts else {}
        return found, self._with_floating(owned)

    def _parts(self, session: orm.Session, servers: Sequence[Server]) -> dict[str, Parts]:
        ids = [server.id for server in servers]
        nics = queries.nics_of(session, ids)
        volumes = devices.of(session, ids)
        tags = queries.tags_of(session, ids)
        faults = queries.faults_of(session, ids)
        services = hosts.compute_services(session)
        now = self._clock()
        found = {}
        for server in servers:
            service = services.get(server.host or "")
            silent_s = (now - service.seen_at).total_seconds() if service else 0.0
            found[server.id] = Parts(
                nics=nics[server.id],
                volumes=shown(volumes[server.id]),
                tags=tags[server.id],
                fault=faults.get(server.id),
                host_up=service is None
                or (silent_s <= self._host_down_s and not service.forced_down),
                host_enabled=service is None or not service.disabled,
            )
        return found

    def _with_floating(self, owned: dict[str, Parts]) -> dict[str, Parts]:
        """Add the floating addresses, by one call for all; without them when network is silent."""
        ports = [
            nic.port_id
            for parts in owned.values()
            for nic in parts.nics
            if nic.port_id and nic.addresses
        ]
        try:
            floating = self._network.floating_ips(ports)
        except (neighbours.ServiceSilent, neighbours.ServiceFailed):
            return owned
        if not floating:
            return owned
        return {
            server_id: Parts(**{**vars(parts), "floating": floating})
            for server_id, parts in owned.items()
        }

    def update(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, Any]
    ) -> tuple[Server, Parts]:
        """Change what is only written down about a server.  Raises ServerNotFound."""
        changes: dict[str, Any] = {}
        for key, column in (
            ("name", "name"),
            ("description", "description"),
            ("hostname", "hostname"),
            ("accessIPv4", "access_ip_v4"),
            ("OS-DCF:diskConfig", "disk_config"),
        ):
            if key in wanted:
                changes[column] = wanted[key]
        if "accessIPv6" in wanted:
            changes["access_ip_v6"] = checks.canonical_ipv6(wanted["accessIPv6"])
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if "pinned_availability_zone" in wanted:
                changes["zone_wanted"] = _pinned(server, wanted["pinned_availability_zone"])
            if not queries.touch(session, server, self._clock(), **changes):
                raise errors.ServerNotFound(server_id=server_id)
        return self.get(ctx, server_id)

    def forget_password(self, ctx: RequestContext, server_id: str) -> None:
        """Drop the password that the guest left; none is a success.  Raises ServerNotFound."""
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            queries.touch(session, server, self._clock(), guest_password=None)

    def act(
        self,
        ctx: RequestContext,
        server_id: str,
        verb: Verb,
        *,
        over_lock: bool = False,
        **order: Any,
    ) -> Server:
        """Begin a verb and order it.

        over_lock: whether the caller may act on servers that an administrator locked.
        Raises ServerNotFound, ServerLocked, ServerBusy.
        """
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if server.locked and not over_lock:
                raise errors.ServerLocked(server_id=server_id)
            if verb is states.DELETE and server.verb == verb.name:
                return server
            if verb is states.DELETE and server.verb in states.IMAGING:
                kept = {"image_id", "snapshots"}
                order |= {key: server.order[key] for key in kept & server.order.keys()}
            progress.begin(session, ctx, server, verb, self._clock(), **order)
            nics = queries.nics_of(session, [server.id])[server.id]
        message, host = orders.order_for(server, nics)
        self._bus.cast(ctx, message, host=host)
        return server

    def stop(self, ctx: RequestContext, server_id: str, *, over_lock: bool = False) -> None:
        """Shut a server down.  Raises as act."""
        self.act(ctx, server_id, states.STOP, over_lock=over_lock, grace_s=self._grace_s)

    def reboot(
        self, ctx: RequestContext, server_id: str, *, hard: bool, over_lock: bool = False
    ) -> None:
        """Stop and start a server.  Raises as act."""
        verb = states.REBOOT_HARD if hard else states.REBOOT
        self.act(ctx, server_id, verb, over_lock=over_lock, grace_s=0 if hard else self._grace_s)

    def delete(
        self, ctx: RequestContext, server_id: str, *, over_lock: bool = False, force: bool = False
    ) -> None:
        """Delete a server in whatever state.

        Where deleted servers can be had back for a while, one that is well is only put aside.
        force: not so.  Raises ServerNotFound, ServerLocked.
        """
        if self._reclaim_s > 0 and not force:
            try:
                grace_s = self._grace_s
                self.act(ctx, server_id, states.SOFT_DELETE, over_lock=over_lock, grace_s=grace_s)
            except errors.ServerBusy:
                pass
            else:
                return
        for _ in range(5):
            try:
                self.act(ctx, server_id, states.DELETE, over_lock=over_lock)
                return
            except errors.ServerBusy:
                continue

    def lock(
        self, ctx: RequestContext, server_id: str, *, locked: bool, reason: str | None, admin: bool
    ) -> None:
        """Lock or unlock a server.  Raises ServerNotFound, ServerLocked."""
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            if not locked and server.locked_by_admin and not admin:
                raise errors.ServerLocked(server_id=server_id)
            queries.touch(
                session,
                server,
                self._clock(),
                locked=locked,
                locked_reason=reason,
                locked_by_admin=locked and admin and server.project_id != ctx.project_id,
            )
            now = self._clock()
            queries.record_action(session, ctx, server, "lock" if locked else "unlock", now)
            queries.close_action(session, server, server.generation, "", now)

    def reset(self, ctx: RequestContext, server_id: str, status: str) -> None:
        """Set a server's status by hand, whatever is under way.  Raises ServerNotFound."""
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            queries.touch(
                session,
                server,
                self._clock(),
                status=status,
                verb=None,
                task_state=None,
                deadline=None,
                generation=Server.generation + 1,
            )


def _pinned(server: Server, zone: str | None) -> str | None:
    """Return the zone that a server is kept in from now on.

    Raises Conflict: it can be let go, and be kept where it is, but not be sent elsewhere.
    """
    if zone is None or zone == server.zone_wanted:
        return zone
    if server.zone_wanted is not None:
        raise roots.Conflict(
            reason="Cannot change pinned availability zone directly: let the server go first, "
            "with null."
        )
    if zone != server.zone:
        raise roots.Conflict(
            reason=f"Server can only be pinned to its current availability zone '{server.zone}', "
            f"but '{zone}' was requested."
        )
    return zone
