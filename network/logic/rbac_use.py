"""What can be granted, and which projects live on a grant."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import address_groups, groups, networks, pools, qos
from network.db.address_group_models import AddressGroup
from network.db.group_models import SecurityGroup
from network.db.models import Network, Port, Subnet
from network.db.pool_models import AddressScope, SubnetPool
from network.db.qos_models import QosPolicy
from network.db.rbac_models import EVERYBODY, EXTERNAL, SHARED, Grant
from network.db.router_models import FloatingIp, Router

MODELS: dict[str, Any] = {
    "network": Network,
    "address_scope": AddressScope,
    "subnetpool": SubnetPool,
    "qos_policy": QosPolicy,
    "security_group": SecurityGroup,
    "address_group": AddressGroup,
}
FIND: dict[str, Callable[[orm.Session, RequestContext, str], Any]] = {
    "network": networks.get,
    "address_scope": pools.get_scope,
    "subnetpool": pools.get_pool,
    "qos_policy": qos.get,
    "security_group": groups.get,
    "address_group": address_groups.get,
}


def check_action(object_type: str, action: str) -> None:
    """Return when the action is one of the type's.  Raises BadRequest."""
    known = [SHARED, EXTERNAL] if object_type == "network" else [SHARED]
    if action not in known:
        raise roots.BadRequest(
            reason=f"Action '{action}' is not one of {', '.join(known)} of {object_type}"
        )


def find(session: orm.Session, ctx: RequestContext, object_type: str, object_id: str) -> Any:
    """Return the resource that a grant is about.  Raises its NotFound."""
    return FIND[object_type](session, ctx, object_id)


def row_of(session: orm.Session, grant: Grant) -> Any:
    """Return the resource of a grant there is."""
    return session.get_one(MODELS[grant.object_type], grant.object_id)


def check_reach(session: orm.Session, row: Any, target: str) -> None:
    """Return when a target can use all that the resource leans on.  Raises BadRequest."""
    if not isinstance(row, SubnetPool) or row.address_scope_id is None:
        return
    scope = pools.get_scope(session, RequestContext.internal(), row.address_scope_id)
    if scope.project_id != target and not scope.shared_with(target):
        raise roots.BadRequest(
            reason=f"subnet pool {row.id} lies in address scope {scope.id}, which {target} cannot "
            "use: grant that first"
        )


def check_unused(session: orm.Session, row: Any, grant: Grant, reached: Sequence[str]) -> None:
    """Return when everybody who uses the resource still may, once the grant has gone.

    reached: the targets that remain.  Raises RbacPolicyInUse naming a project that does not.
    """
    if isinstance(row, Network) and row.is_default and grant.action == EXTERNAL:
        raise errors.RbacPolicyInUse(object_id=row.id, project_id="everybody's default")
    if EVERYBODY in reached:
        return
    users = USERS[grant.object_type, grant.action](session, row.id)
    owner = {row.project_id} if grant.object_type == "network" else set()
    lost = users - {"", *owner, *reached}
    if grant.target != EVERYBODY:
        lost &= {grant.target}
    if lost:
        raise errors.RbacPolicyInUse(object_id=row.id, project_id=sorted(lost)[0])


def _on_network(session: orm.Session, network_id: str) -> set[str]:
    ports = sa.select(Port.project_id).where(Port.network_id == network_id)
    subnets = sa.select(Subnet.project_id).where(Subnet.network_id == network_id)
    return set(session.scalars(ports.union(subnets)))


def _out_by(session: orm.Session, network_id: str) -> set[str]:
    gateway = sa.select(Port.id).where(Port.network_id == network_id)
    routers = sa.select(Router.project_id).where(Router.gateway_port_id.in_(gateway))
    floating = sa.select(FloatingIp.project_id).where(FloatingIp.network_id == network_id)
    return set(session.scalars(routers.union(floating)))


def _in_scope(session: orm.Session, scope_id: str) -> set[str]:
    query = sa.select(SubnetPool.project_id).where(SubnetPool.address_scope_id == scope_id)
    return set(session.scalars(query))


def _from_pool(session: orm.Session, pool_id: str) -> set[str]:
    query = sa.select(Subnet.project_id).where(Subnet.subnetpool_id == pool_id)
    return set(session.scalars(query))


USERS: dict[tuple[str, str], Callable[[orm.Session, str], set[str]]] = {
    ("network", SHARED): _on_network,
    ("network", EXTERNAL): _out_by,
    ("address_scope", SHARED): _in_scope,
    ("subnetpool", SHARED): _from_pool,
    ("qos_policy", SHARED): qos.user_projects,
    ("security_group", SHARED): groups.user_projects,
    ("address_group", SHARED): address_groups.user_projects,
}
