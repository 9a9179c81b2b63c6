"""Limits, and what is used of them: counted from the rows themselves."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from network import errors
from network.db import rows
from network.db.address_group_models import AddressGroup
from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.db.models import Network, Port, Quota, Subnet
from network.db.pool_models import SubnetPool
from network.db.ports import METADATA
from network.db.rbac_models import Grant
from network.db.router_models import FloatingIp, Router
from network.db.trunk_models import Trunk

COUNTED: dict[str, Any] = {
    "network": sa.select(sa.func.count(Network.id)),
    "subnet": sa.select(sa.func.count(Subnet.id)),
    "subnetpool": sa.select(sa.func.count(SubnetPool.id)),
    "rbac_policy": sa.select(sa.func.count(Grant.id)),
    "trunk": sa.select(sa.func.count(Trunk.id)),
    "address_group": sa.select(sa.func.count(AddressGroup.id)),
    "port": sa.select(sa.func.count(Port.id)).where(Port.device_owner != METADATA),
    "router": sa.select(sa.func.count(Router.id)),
    "floatingip": sa.select(sa.func.count(FloatingIp.id)),
    "security_group": sa.select(sa.func.count(SecurityGroup.id)),
    "security_group_rule": sa.select(sa.func.count(SecurityGroupRule.id)),
}
MODELS: dict[str, Any] = {
    "network": Network,
    "subnet": Subnet,
    "subnetpool": SubnetPool,
    "rbac_policy": Grant,
    "trunk": Trunk,
    "address_group": AddressGroup,
    "port": Port,
    "router": Router,
    "floatingip": FloatingIp,
    "security_group": SecurityGroup,
    "security_group_rule": SecurityGroupRule,
}


class Quotas:
    """The limits of projects.  defaults: for a project that has none of its own, by resource."""

    def __init__(self, defaults: Mapping[str, int]) -> None:
        self.defaults = dict(defaults)

    def limits(self, session: orm.Session, project_id: str) -> dict[str, int]:
        """Return a project's limits by resource; -1 is no limit."""
        query = sa.select(Quota.resource, Quota.limit).where(Quota.project_id == project_id)
        own = dict(session.execute(query).all())
        return {name: own.get(name, limit) for name, limit in self.defaults.items()}

    def reserve(self, session: orm.Session, project_id: str, resource: str, count: int = 1) -> None:
        """Return when the project may have so many more; nobody else counts until the end.

        Raises OverQuota with the figures.
        """
        rows.lock(session, f"quota {project_id}")
        own = sa.select(Quota.limit).where(
            Quota.project_id == project_id, Quota.resource == resource
        )
        limit = session.scalar(own)
        if limit is None:
            limit = self.defaults[resource]
        if limit < 0:
            return
        used = usage(session, project_id, resource)
        if used + count > limit:
            raise errors.OverQuota(resource=resource, used=used, limit=limit, wanted=count)


def usage(session: orm.Session, project_id: str, resource: str) -> int:
    """Return how many of a resource a project has."""
    query = COUNTED[resource].where(MODELS[resource].project_id == project_id)
    return int(session.scalar(query) or 0)


def replace(session: orm.Session, project_id: str, limits: Mapping[str, int]) -> None:
    """Set some of a project's limits."""
    for resource, limit in limits.items():
        session.merge(Quota(project_id=project_id, resource=resource, limit=limit))
    session.flush()


def forget(session: orm.Session, project_id: str) -> None:
    """Give a project the default limits again."""
    session.execute(sa.delete(Quota).where(Quota.project_id == project_id))


def projects(session: orm.Session) -> list[str]:
    """Return the projects that have limits of their own."""
    return sorted(session.scalars(sa.select(Quota.project_id).distinct()))
