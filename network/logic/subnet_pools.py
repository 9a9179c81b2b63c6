"""Subnet pools: made, changed and removed."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import pools as queries
from network.db import routers, rows
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Subnet
from network.db.pool_models import SubnetPool
from network.logic import prefixes, rbac
from network.logic.base import Logic, named, owner
from network.rpc.contract import ROUTER, Changes

PLAIN = ("name", "description", "default_quota", "is_default")


class SubnetPools(Logic):
    """What can be done with subnet pools."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[SubnetPool]:
        """Return one page of the pools the caller may see."""
        with self._database.reading() as session:
            return queries.POOLS.fetch(session, queries.pool_visible(ctx), wanted)

    def get(self, ctx: RequestContext, pool_id: str) -> SubnetPool:
        """Return one pool.  Raises SubnetPoolNotFound."""
        with self._database.reading() as session:
            return queries.get_pool(session, ctx, pool_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[SubnetPool]:
        """Make all of the pools or none.

        Raises OverQuota, IllegalSubnetPoolPrefixBounds, AddressScopeNotFound, InvalidInput...
        """
        with self._database.transaction() as session:
            return [self._create(session, ctx, one) for one in wanted]

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> SubnetPool:
        project_id = owner(ctx, wanted)
        self._quotas.reserve(session, project_id, "subnetpool")
        nets = prefixes.compact(prefixes.parse(wanted["prefixes"]))
        pool = SubnetPool(
            id=new_id(),
            project_id=project_id,
            ip_version=nets[0].version,
            prefixes=[str(net) for net in nets],
            **named(wanted, PLAIN),
            **bounds(nets[0].version, {}, wanted),
        )
        if wanted.get("address_scope_id"):
            _join_scope(session, ctx, pool, wanted["address_scope_id"])
        _check_default(session, pool)
        session.add(pool)
        session.flush()
        rows.set_tags(session, pool.id, wanted.get("tags", ()))
        if wanted.get("shared"):
            rbac.share(session, "subnetpool", pool)
        return queries.get_pool(session, ctx, pool.id)

    def update(self, ctx: RequestContext, pool_id: str, wanted: Mapping[str, Any]) -> SubnetPool:
        """Change a pool; its prefixes only grow.

        Raises SubnetPoolNotFound, NotYours, IllegalSubnetPoolPrefixUpdate...
        """
        with self._database.transaction() as session:
            pool = queries.get_pool(session, ctx, pool_id)
            rbac.check_own(ctx, "Subnet pool", pool)
            rows.lock(session, pool_id)
            values = named(wanted, PLAIN)
            before = {name: getattr(pool, name) for name in BOUNDS}
            values |= bounds(pool.ip_version, before, wanted)
            if "prefixes" in wanted:
                values["prefixes"] = _grown(session, ctx, pool, wanted["prefixes"])
            changes: Changes = []
            if "address_scope_id" in wanted and wanted["address_scope_id"] != pool.address_scope_id:
                changes = _routers_inside(session, pool_id)
                pool.address_scope_id = None
            rows.change(pool, values)
            if wanted.get("address_scope_id") and pool.address_scope_id is None:
                _join_scope(session, ctx, pool, wanted["address_scope_id"])
            elif "prefixes" in wanted and pool.address_scope_id:
                _check_scope(session, pool)
            _check_default(session, pool)
            session.flush()
            pool = queries.get_pool(session, ctx, pool_id)
        self._tell(ctx, *changes)
        return pool

    def add_prefixes(
        self, ctx: RequestContext, pool_id: str, given: Sequence[str]
    ) -> Sequence[str]:
        """Add prefixes and return all.  Raises as `update`."""
        with self._database.transaction() as session:
            pool = queries.get_pool(session, ctx, pool_id)
            rbac.check_own(ctx, "Subnet pool", pool)
            rows.lock(session, pool_id)
            rows.change(pool, {"prefixes": _grown(session, ctx, pool, [*pool.prefixes, *given])})
            if pool.address_scope_id:
                _check_scope(session, pool)
            return pool.prefixes

    def remove_prefixes(
        self, ctx: RequestContext, pool_id: str, given: Sequence[str]
    ) -> Sequence[str]:
        """Take out prefixes that no subnet lies in.

        Raises SubnetPoolNotFound, NotYours, IllegalSubnetPoolPrefixUpdate.
        """
        with self._database.transaction() as session:
            pool = queries.get_pool(session, ctx, pool_id)
            rbac.check_own(ctx, "Subnet pool", pool)
            rows.lock(session, pool_id)
            left = prefixes.without(prefixes.parse(pool.prefixes), prefixes.parse(given))
            for net in prefixes.parse(queries.ranges_cut(session, pool_id)):
                if not prefixes.covers(left, net):
                    raise errors.IllegalSubnetPoolPrefixUpdate(
                        reason=f"the subnet {net} was cut from one of them"
                    )
            rows.change(pool, {"prefixes": [str(net) for net in left]})
            return pool.prefixes

    def delete(self, ctx: RequestContext, pool_id: str) -> None:
        """Remove a pool.  Raises SubnetPoolNotFound, NotYours, SubnetPoolDeleteError."""
        with self._database.transaction() as session:
            pool = queries.get_pool(session, ctx, pool_id)
            rbac.check_own(ctx, "Subnet pool", pool)
            rows.lock(session, pool_id)
            used = queries.ranges_cut(session, pool_id)
            if used:
                raise errors.SubnetPoolDeleteError(
                    reason=f"subnets exist from it: {', '.join(used[:5])}"
                )
            rows.delete(session, pool)


BOUNDS = ("min_prefixlen", "max_prefixlen", "default_prefixlen")


def bounds(ip_version: int, before: Mapping[str, int], wanted: Mapping[str, Any]) -> dict[str, int]:
    """Return the lengths that subnets of a pool may have.

    before: those of the pool as it is, {} for a new one.  Raises IllegalSubnetPoolPrefixBounds.
    """
    width = prefixes.WIDTH[ip_version]
    given = {name: int(wanted[name]) for name in BOUNDS if wanted.get(name) is not None}
    found = {
        "min_prefixlen": prefixes.SMALLEST[ip_version],
        "max_prefixlen": width,
        **before,
        **given,
    }
    found.setdefault("default_prefixlen", found["min_prefixlen"])
    order = ["min_prefixlen", "default_prefixlen", "max_prefixlen"]
    pairs = [(order[0], order[2]), (order[0], order[1]), (order[1], order[2])]
    for low, high in pairs:
        if found[low] > found[high]:
            raise errors.IllegalSubnetPoolPrefixBounds(
                prefix_type=high,
                prefixlen=found[high],
                base_prefix_type=low,
                base_prefixlen=found[low],
            )
    if found["max_prefixlen"] > width:
        raise errors.IllegalSubnetPoolPrefixBounds(
            prefix_type="max_prefixlen",
            prefixlen=found["max_prefixlen"],
            base_prefix_type="length of an address",
            base_prefixlen=width,
        )
    return found


def _grown(
    session: orm.Session, ctx: RequestContext, pool: SubnetPool, given: Sequence[str]
) -> list[str]:
    """Return the prefixes a pool is to have, once they hold all it has."""
    if pool.address_scope_id:
        scope = queries.get_scope(session, RequestContext.internal(), pool.address_scope_id)
        if not ctx.is_admin and scope.project_id != ctx.project_id:
            raise errors.IllegalSubnetPoolUpdate(
                reason=f"subnetpool {pool.id} cannot be updated when associated with shared "
                f"address scope {scope.id}"
            )
    nets = prefixes.compact(prefixes.parse(given))
    if nets[0].version != pool.ip_version:
        raise errors.IllegalSubnetPoolPrefixUpdate(reason=f"it is of IPv{pool.ip_version}")
    for net in prefixes.parse(pool.prefixes):
        if not prefixes.covers(nets, net):
            raise errors.IllegalSubnetPoolPrefixUpdate(
                reason=f"existing prefixes must be a subset of the new ones, and {net} is not"
            )
    return [str(net) for net in nets]


def _join_scope(session: orm.Session, ctx: RequestContext, pool: SubnetPool, scope_id: str) -> None:
    scope = queries.get_scope(session, ctx, scope_id)
    rows.lock(session, scope_id)
    if scope.ip_version != pool.ip_version:
        raise errors.IllegalSubnetPoolIpVersionAssociationToAddressScope(
            subnetpool_id=pool.id, address_scope_id=scope_id, ip_version=scope.ip_version
        )
    pool.address_scope_id = scope_id
    _check_scope(session, pool)


def _check_scope(session: orm.Session, pool: SubnetPool) -> None:
    """Return when no other pool of the scope has an address in common with this one."""
    own = prefixes.parse(pool.prefixes)
    with session.no_autoflush:
        others = queries.pools_of_scope(session, pool.address_scope_id or "")
    for other in others:
        for theirs in prefixes.parse(other.prefixes) if other.id != pool.id else ():
            for net in own:
                if net.overlaps(theirs):
                    raise errors.AddressScopePrefixConflict(
                        prefix=net, other=theirs, address_scope_id=pool.address_scope_id
                    )


def _check_default(session: orm.Session, pool: SubnetPool) -> None:
    if not pool.is_default:
        return
    with session.no_autoflush:
        other = queries.default_pool(session, pool.ip_version)
    if other is not None and other.id != pool.id:
        raise errors.InvalidInput(
            reason=f"a default subnetpool for this IP family exists already: {other.id}"
        )


def _routers_inside(session: orm.Session, pool_id: str) -> Changes:
    """Advance the routers on subnets of a pool: what they translate depends on its scope."""
    from_pool = sa.select(Subnet.network_id).where(Subnet.subnetpool_id == pool_id)
    return [(ROUTER, one) for one in routers.on_networks(session, from_pool)]
