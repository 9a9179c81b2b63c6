"""Subnets that are cut from pools: which pool, and which range of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import pools as queries
from network.db import rows
from network.db.models import Subnet
from network.db.pool_models import SubnetPool
from network.logic import prefixes
from network.logic.ranges import Net, cidr


def choose(
    session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
) -> SubnetPool | None:
    """Return the pool that a new subnet is to be cut from, None when its range is given.

    Raises SubnetPoolNotFound, NoDefaultSubnetPoolDefined, InvalidInput.
    """
    if wanted.get("subnetpool_id"):
        return queries.get_pool(session, ctx, wanted["subnetpool_id"])
    if wanted.get("use_default_subnetpool"):
        version = wanted.get("ip_version", 4)
        pool = queries.default_pool(session, version)
        if pool is None:
            raise errors.NoDefaultSubnetPoolDefined(ip_version=version)
        return pool
    if wanted.get("prefixlen") is not None:
        raise errors.InvalidInput(reason="a prefixlen needs a subnetpool_id to cut it from")
    return None


def cut(session: orm.Session, pool: SubnetPool, project_id: str, wanted: Mapping[str, Any]) -> Net:
    """Return the range a subnet gets from a pool; nobody else is given it.

    Raises MinPrefixSubnetAllocationError, MaxPrefixSubnetAllocationError,
    SubnetAllocationError, SubnetPoolQuotaExceeded, InvalidInput.
    """
    rows.lock(session, pool.id)
    if wanted.get("ip_version") not in (None, pool.ip_version):
        raise errors.InvalidInput(
            reason=f"the pool {pool.id} holds IPv{pool.ip_version} addresses, not "
            f"IPv{wanted['ip_version']}"
        )
    taken = prefixes.parse(queries.ranges_cut(session, pool.id))
    if wanted.get("cidr"):
        net = cidr(wanted["cidr"], pool.ip_version)
        check_length(pool, net.prefixlen)
        _check_free(pool, net, taken)
    else:
        length = wanted.get("prefixlen")
        net = _lowest(pool, pool.default_prefixlen if length is None else int(length), taken)
    _check_quota(session, pool, project_id, net)
    return net


def check_length(pool: SubnetPool, length: int) -> None:
    """Return when a pool gives ranges of this length.  Raises the Min... and Max... errors."""
    if length < pool.min_prefixlen:
        raise errors.MinPrefixSubnetAllocationError(prefixlen=length, bound=pool.min_prefixlen)
    if length > pool.max_prefixlen:
        raise errors.MaxPrefixSubnetAllocationError(prefixlen=length, bound=pool.max_prefixlen)


def _check_free(pool: SubnetPool, net: Net, taken: Sequence[Net]) -> None:
    if not prefixes.covers(prefixes.parse(pool.prefixes), net):
        raise errors.SubnetAllocationError(
            reason=f"{net} lies in none of the pool's prefixes, {', '.join(pool.prefixes)}"
        )
    for other in taken:
        if net.overlaps(other):
            raise errors.SubnetAllocationError(reason=f"{net} overlaps with the subnet {other}")


def _lowest(pool: SubnetPool, length: int, taken: Sequence[Net]) -> Net:
    check_length(pool, length)
    found = prefixes.first_free(prefixes.parse(pool.prefixes), taken, length)
    if found is None:
        raise errors.SubnetAllocationError(
            reason=f"insufficient prefix space to allocate subnet size /{length}: {len(taken)} "
            f"subnets were cut from {', '.join(pool.prefixes)}"
        )
    return found


def _check_quota(session: orm.Session, pool: SubnetPool, project_id: str, net: Net) -> None:
    if pool.default_quota is None:
        return
    held = prefixes.parse(queries.ranges_cut(session, pool.id, project_id))
    used = sum(prefixes.units(one) for one in held)
    if used + prefixes.units(net) > pool.default_quota:
        raise errors.SubnetPoolQuotaExceeded(
            used=used, limit=pool.default_quota, wanted=prefixes.units(net)
        )


def check_affinity(subnet: Subnet, others: Sequence[Subnet]) -> None:
    """Return when all subnets of a family on a network come from one pool, or from none.

    Raises NetworkSubnetPoolAffinityError.
    """
    for other in others:
        if other.ip_version == subnet.ip_version and other.subnetpool_id != subnet.subnetpool_id:
            origin = f"pool {other.subnetpool_id}" if other.subnetpool_id else "no pool"
            raise errors.NetworkSubnetPoolAffinityError(
                network_id=subnet.network_id, other=f"a subnet from {origin}, {other.cidr}"
            )
