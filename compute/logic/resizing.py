"""Giving a server another size: begun, then confirmed or taken back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from common.states import Verb
from compute import errors, states
from compute.db import flavors, ledger, moves, quotas
from compute.db import servers as queries
from compute.db.models import Flavor, Migration, Server
from compute.logic import checks, orders, progress, scheduling
from compute.logic.creation import flavor_facts
from compute.scheduler import request

CLAIM_TRIES = 10


class NotResized(roots.BadRequest):
    message = "Instance has not been resized."


class Resizing:
    """The actions resize, confirmResize and revertResize, behind their schemas."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        *,
        quota: Mapping[str, int],
        grace_s: int,
        host_down_s: float,
        default_zone: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._quota = quota
        self._grace_s = grace_s
        self._host_down_s = host_down_s
        self._default_zone = default_zone

    def resize(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, Any], *, over_lock: bool
    ) -> None:
        """Claim room for the other size beside the present one, and order it.

        wanted: flavorRef, OS-DCF:diskConfig.
        Raises ServerNotFound, ServerLocked, ServerBusy, BadRequest, QuotaExceeded.
        """
        for attempt in range(CLAIM_TRIES):
            try:
                with self._database.transaction() as session:
                    server = self._claim(session, ctx, server_id, wanted, over_lock=over_lock)
                break
            except errors.ProviderChanged:
                if attempt == CLAIM_TRIES - 1:
                    raise
        self._order(ctx, server)

    def confirm(self, ctx: RequestContext, server_id: str, *, over_lock: bool) -> None:
        """Make a resize final.  Raises ServerNotFound, ServerLocked, ServerBusy, NotResized."""
        self._settle(ctx, server_id, states.CONFIRM, "confirming", over_lock=over_lock)

    def revert(self, ctx: RequestContext, server_id: str, *, over_lock: bool) -> None:
        """Take a resize back.  Raises as confirm."""
        self._settle(ctx, server_id, states.REVERT, "reverting", over_lock=over_lock)

    def _order(self, ctx: RequestContext, server: Server) -> None:
        message, host = orders.order_for(server, [])
        self._bus.cast(ctx, message, host=host)

    def _claim(
        self,
        session: orm.Session,
        ctx: RequestContext,
        server_id: str,
        wanted: Mapping[str, Any],
        *,
        over_lock: bool,
    ) -> Server:
        server = _free(session, ctx, server_id, states.RESIZE, over_lock=over_lock)
        flavor = _flavor(session, ctx, server, str(wanted["flavorRef"]))
        more = {
            "cores": max(0, flavor.vcpus - server.vcpus),
            "ram": max(0, flavor.memory_mib - server.memory_mib),
        }
        quotas.require(session, server.project_id, more, self._quota)
        now = self._clock()
        facts = flavor_facts(flavor)
        migration = moves.add(session, ctx, server, facts, now, dest_host=server.host or "")
        self._place(session, server, migration)
        queries.touch(
            session,
            server,
            now,
            vcpus=max(server.vcpus, flavor.vcpus),
            memory_mib=max(server.memory_mib, flavor.memory_mib),
            disk_config=wanted.get("OS-DCF:diskConfig", server.disk_config),
        )
        order = _order_of(migration, facts, server.flavor, self._grace_s)
        progress.begin(session, ctx, server, states.RESIZE, now, **order)
        return server

    def _place(self, session: orm.Session, server: Server, migration: Migration) -> None:
        """Claim the new size on the server's host; the migration goes on holding the old one."""
        ledger.hand_over(session, server.id, migration.id)
        session.flush()
        best, nearest = scheduling.place(
            session,
            server,
            self._clock(),
            down_after_s=self._host_down_s,
            default_zone=self._default_zone,
            flavor=migration.new_flavor,
            host=server.host,
        )
        if best is None:
            raise roots.BadRequest(reason=str(errors.NoValidHost(nearest=nearest)))

    def _settle(
        self, ctx: RequestContext, server_id: str, verb: Verb, status: str, *, over_lock: bool
    ) -> None:
        with self._database.transaction() as session:
            server = _free(session, ctx, server_id, verb, over_lock=over_lock)
            migration = moves.open_of(session, server_id)
            if migration is None:
                raise NotResized()
            settle(session, ctx, server, migration, verb, status, self._clock(), self._grace_s)
        self._order(ctx, server)


def settle(
    session: orm.Session,
    ctx: RequestContext,
    server: Server,
    migration: Migration,
    verb: Verb,
    status: str,
    now: Any,
    grace_s: int,
) -> None:
    """Begin to confirm or to revert.  Raises ServerBusy."""
    order = _order_of(migration, migration.old_flavor, migration.new_flavor, grace_s)
    progress.begin(session, ctx, server, verb, now, **order, back=migration.old_status)
    moves.close(session, migration, status, now)


def _free(
    session: orm.Session, ctx: RequestContext, server_id: str, verb: Verb, *, over_lock: bool
) -> Server:
    """Return a server that can begin a verb now.

    Raises ServerNotFound, ServerLocked, ServerBusy.
    """
    server = queries.get(session, ctx, server_id)
    if server.locked and not over_lock:
        raise errors.ServerLocked(server_id=server_id)
    if server.verb is not None or server.status not in verb.start:
        raise progress.busy(server, verb.name)
    return server


def _flavor(session: orm.Session, ctx: RequestContext, server: Server, flavor_id: str) -> Flavor:
    """Return the flavor a server may become.  Raises BadRequest that says why it may not."""
    try:
        flavor = flavors.get(session, ctx, flavor_id)
    except errors.FlavorNotFound as error:
        raise roots.BadRequest(reason=str(error)) from error
    if flavor.disabled:
        raise roots.BadRequest(reason=f"Flavor {flavor_id} is disabled.")
    if flavor.id == server.flavor["id"]:
        raise roots.BadRequest(reason="When resizing, instances must change flavor!")
    if flavor.disk_gib < server.flavor["disk"]:
        raise roots.BadRequest(
            reason=f"A disk cannot become smaller: the server's has {server.flavor['disk']} GiB, "
            f"flavor {flavor.name} has {flavor.disk_gib}."
        )
    facts = flavor_facts(flavor)
    for disk in ("ephemeral", "swap"):
        if facts[disk] != server.flavor[disk]:
            raise roots.BadRequest(
                reason=f"A resize changes no {disk} disk: the server's flavor has "
                f"{server.flavor[disk]}, {flavor.name} has {facts[disk]}."
            )
    if request.kind_of(facts, server.image) != request.kind_of(server.flavor, server.image):
        raise roots.BadRequest(reason="The flavor is for another kind of guest.")
    checks.image_fits(server.image, flavor)
    return flavor


def _order_of(
    migration: Migration, size: Mapping[str, Any], before: Mapping[str, Any], grace_s: int
) -> dict[str, Any]:
    """Return what the server's row keeps of a resize; see contract.ResizeServer."""
    return {
        "resize": {
            "migration": migration.id,
            "size": orders.size_of(size),
            "before": orders.size_of(before),
            "run": migration.old_status == states.ACTIVE,
            "grace_s": grace_s,
        }
    }
