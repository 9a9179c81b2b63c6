"""Questions about address scopes and subnet pools."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rbac
from network.db.lists import Listing, columns
from network.db.models import Subnet
from network.db.pool_models import AddressScope, SubnetPool

SCOPE_DETAILS = (orm.selectinload(AddressScope.grants), orm.selectinload(AddressScope.tags))
POOL_DETAILS = (orm.selectinload(SubnetPool.grants), orm.selectinload(SubnetPool.tags))
SCOPES = Listing(
    AddressScope,
    columns(AddressScope, "name ip_version"),
    {"shared": lambda values: rbac.shared_filter(AddressScope, values)},
    SCOPE_DETAILS,
)
POOLS = Listing(
    SubnetPool,
    columns(
        SubnetPool,
        "name ip_version min_prefixlen max_prefixlen default_prefixlen default_quota is_default "
        "address_scope_id",
    ),
    {"shared": lambda values: rbac.shared_filter(SubnetPool, values)},
    POOL_DETAILS,
)


def scope_visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of an address scope."""
    return rbac.seen(ctx, AddressScope, "address_scope")


def pool_visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a subnet pool."""
    return rbac.seen(ctx, SubnetPool, "subnetpool")


def get_scope(session: orm.Session, ctx: RequestContext, scope_id: str) -> AddressScope:
    """Return a scope the caller may see.  Raises AddressScopeNotFound."""
    query = sa.select(AddressScope).where(AddressScope.id == scope_id, scope_visible(ctx))
    query = query.options(*SCOPE_DETAILS).execution_options(populate_existing=True)
    scope = session.scalars(query).one_or_none()
    if scope is None:
        raise errors.AddressScopeNotFound(address_scope_id=scope_id)
    return scope


def get_pool(session: orm.Session, ctx: RequestContext, pool_id: str) -> SubnetPool:
    """Return a pool the caller may see.  Raises SubnetPoolNotFound."""
    query = sa.select(SubnetPool).where(SubnetPool.id == pool_id, pool_visible(ctx))
    query = query.options(*POOL_DETAILS).execution_options(populate_existing=True)
    pool = session.scalars(query).one_or_none()
    if pool is None:
        raise errors.SubnetPoolNotFound(subnetpool_id=pool_id)
    return pool


def default_pool(session: orm.Session, ip_version: int) -> SubnetPool | None:
    """Return the pool that subnets of a family are cut from when none is named."""
    query = sa.select(SubnetPool).where(
        SubnetPool.is_default.is_(True), SubnetPool.ip_version == ip_version
    )
    return session.scalars(query.options(*POOL_DETAILS)).first()


def pools_of_scope(session: orm.Session, scope_id: str) -> Sequence[SubnetPool]:
    """Return the pools in a scope."""
    return list(
        session.scalars(sa.select(SubnetPool).where(SubnetPool.address_scope_id == scope_id))
    )


def ranges_cut(session: orm.Session, pool_id: str, project_id: str | None = None) -> Sequence[str]:
    """Return the ranges that subnets, or those of one project, have cut from a pool."""
    query = sa.select(Subnet.cidr).where(Subnet.subnetpool_id == pool_id)
    if project_id is not None:
        query = query.where(Subnet.project_id == project_id)
    return list(session.scalars(query))
