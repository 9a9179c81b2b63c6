"""Questions about networks."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rbac
from network.db.lists import Listing, columns
from network.db.models import Network, Port, Subnet

DETAILS = (
    orm.selectinload(Network.subnets).joinedload(Subnet.pool),
    orm.selectinload(Network.tags),
    orm.selectinload(Network.grants),
)
AUTOMATIC = ("network:distributed", "network:dhcp", "network:floatingip")
LISTING = Listing(
    Network,
    columns(
        Network,
        "name admin_state_up shared is_default mtu port_security_enabled",
        status=sa.literal("ACTIVE"),
        **{
            "router:external": Network.external,
            "provider:network_type": Network.network_type,
            "provider:physical_network": Network.physical_network,
            "provider:segmentation_id": Network.segmentation_id,
        },
    ),
    {"subnets": lambda ids: Network.id.in_(_networks_of(ids))},
    DETAILS,
)


def _networks_of(subnet_ids: Any) -> Any:
    return sa.select(Subnet.network_id).where(Subnet.id.in_(subnet_ids))


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a network."""
    return rbac.seen(ctx, Network, "network")


def get(session: orm.Session, ctx: RequestContext, network_id: str) -> Network:
    """Return a network the caller may see, with subnets and tags.  Raises NetworkNotFound."""
    query = sa.select(Network).where(Network.id == network_id, visible(ctx)).options(*DETAILS)
    query = query.execution_options(populate_existing=True)
    network = session.scalars(query).one_or_none()
    if network is None:
        raise errors.NetworkNotFound(network_id=network_id)
    return network


def get_for_port(session: orm.Session, ctx: RequestContext, network_id: str) -> Network:
    """Return a network the caller may see, with its subnets and grants.

    Raises NetworkNotFound.
    """
    query = sa.select(Network).where(Network.id == network_id, visible(ctx))
    details = (orm.selectinload(Network.subnets), orm.selectinload(Network.grants))
    network = session.scalars(query.options(*details)).one_or_none()
    if network is None:
        raise errors.NetworkNotFound(network_id=network_id)
    return network


def get_own(session: orm.Session, ctx: RequestContext, network_id: str) -> Network:
    """Return a network the caller may change.  Raises NetworkNotFound, NotYours."""
    network = get(session, ctx, network_id)
    if not ctx.is_admin and network.project_id != ctx.project_id:
        raise errors.NotYours(what="Network", resource_id=network_id)
    return network


def add(session: orm.Session, network: Network) -> None:
    """Keep a new network.  Raises FlatNetworkInUse, VlanIdInUse."""
    session.add(network)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        if network.segmentation_id is None:
            raise errors.FlatNetworkInUse(physical_network=network.physical_network) from error
        raise errors.VlanIdInUse(
            vlan_id=network.segmentation_id, physical_network=network.physical_network
        ) from error


def ports_in_use(session: orm.Session, network_id: str) -> list[str]:
    """Return ids of some ports that are somebody's, not the network's own."""
    query = sa.select(Port.id).where(
        Port.network_id == network_id, Port.device_owner.not_in(AUTOMATIC)
    )
    return list(session.scalars(query.limit(5)))
