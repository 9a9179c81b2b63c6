"""Questions about subnets."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rbac
from network.db.lists import Listing, columns
from network.db.models import Allocation, Network, Port, Subnet
from network.db.networks import AUTOMATIC
from network.db.rbac_models import SHARED, Grant

DETAILS = (orm.selectinload(Subnet.tags),)
LISTING = Listing(
    Subnet,
    columns(
        Subnet,
        "name network_id ip_version cidr gateway_ip enable_dhcp ipv6_ra_mode ipv6_address_mode "
        "subnetpool_id",
    ),
    {
        "router:external": lambda values: _on_external(values),
        "shared": lambda values: _on_shared(values),
    },
    DETAILS,
)


def _on_external(values: Sequence[str]) -> Any:
    wanted = [value.lower() in ("true", "1") for value in values]
    return Subnet.network_id.in_(sa.select(Network.id).where(Network.external.in_(wanted)))


def _on_shared(values: Sequence[str]) -> Any:
    return Subnet.network_id.in_(sa.select(Network.id).where(rbac.shared_filter(Network, values)))


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a subnet: its own, or a network's."""
    if ctx.is_admin:
        return sa.true()
    project_id = ctx.project_id or ""
    networks = sa.select(Network.id).where(Network.project_id == project_id)
    shared = rbac.granted(ctx, "network").where(Grant.action == SHARED)
    return sa.or_(
        Subnet.project_id == project_id,
        Subnet.network_id.in_(networks),
        Subnet.network_id.in_(shared),
    )


def get(session: orm.Session, ctx: RequestContext, subnet_id: str) -> Subnet:
    """Return a subnet the caller may see, with its tags.  Raises SubnetNotFound."""
    query = sa.select(Subnet).where(Subnet.id == subnet_id, visible(ctx)).options(*DETAILS)
    subnet = session.scalars(query).one_or_none()
    if subnet is None:
        raise errors.SubnetNotFound(subnet_id=subnet_id)
    return subnet


def get_own(session: orm.Session, ctx: RequestContext, subnet_id: str) -> Subnet:
    """Return a subnet the caller may change.  Raises SubnetNotFound, NotYours."""
    subnet = get(session, ctx, subnet_id)
    if not ctx.is_admin and subnet.project_id != ctx.project_id:
        raise errors.NotYours(what="Subnet", resource_id=subnet_id)
    return subnet


def of_network(session: orm.Session, network_id: str) -> list[Subnet]:
    """Return a network's subnets, oldest first."""
    query = sa.select(Subnet).where(Subnet.network_id == network_id)
    return list(session.scalars(query.order_by(Subnet.created_at, Subnet.id)))


def ports_in_use(session: orm.Session, subnet: Subnet) -> list[str]:
    """Return ids of some ports whose address there is not given up with the subnet.

    Addresses that hosts made for themselves are, a router's aside.
    """
    query = (
        sa.select(Port.id)
        .join(Allocation, Allocation.port_id == Port.id)
        .where(Allocation.subnet_id == subnet.id, Port.device_owner.not_in(AUTOMATIC))
    )
    if subnet.automatic:
        query = query.where(Port.device_owner.like("network:router%"))
    return list(session.scalars(query.limit(5)))
