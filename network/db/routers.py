"""Questions about routers and their legs."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rows
from network.db.lists import Listing, columns
from network.db.models import Allocation, Port, Subnet
from network.db.router_models import FloatingIp, Router, RouterPort

DETAILS = (
    orm.selectinload(Router.tags),
    orm.selectinload(Router.gateway_port).selectinload(Port.allocations),
)
LISTING = Listing(
    Router,
    columns(Router, "name admin_state_up distributed", status=sa.literal("ACTIVE")),
    {},
    DETAILS,
)


@dataclasses.dataclass(frozen=True)
class Leg:
    """A router's port on one subnet, and its address there."""

    port_id: str
    address: str
    subnet: Subnet


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a router."""
    return sa.true() if ctx.is_admin else Router.project_id == (ctx.project_id or "")


def get(session: orm.Session, ctx: RequestContext, router_id: str) -> Router:
    """Return a router the caller may see, with gateway and tags.  Raises RouterNotFound."""
    row = find(session, router_id, visible(ctx))
    if row is None:
        raise errors.RouterNotFound(router_id=router_id)
    return row


def find(session: orm.Session, router_id: str, *conditions: Any) -> Router | None:
    """Return a router with its gateway and tags, or None."""
    query = sa.select(Router).where(Router.id == router_id, *conditions).options(*DETAILS)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def ports_of(session: orm.Session, router_id: str) -> list[Port]:
    """Return a router's legs as ports, the gateway's aside, oldest first."""
    query = (
        sa.select(Port)
        .join(RouterPort, RouterPort.port_id == Port.id)
        .where(RouterPort.router_id == router_id)
        .options(orm.selectinload(Port.allocations), orm.joinedload(Port.network))
        .order_by(Port.created_at, Port.id)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


def legs(session: orm.Session, router_id: str) -> list[Leg]:
    """Return where a router's inner ports are, one entry an address."""
    query = (
        sa.select(Allocation.port_id, Allocation.address, Subnet)
        .join(RouterPort, RouterPort.port_id == Allocation.port_id)
        .join(Subnet, Subnet.id == Allocation.subnet_id)
        .where(RouterPort.router_id == router_id)
        .options(orm.joinedload(Subnet.pool))
    )
    return [Leg(port_id, address, subnet) for port_id, address, subnet in session.execute(query)]


def gateway_legs(session: orm.Session, router: Router) -> list[Leg]:
    """Return where a router's gateway port is, one entry an address."""
    query = (
        sa.select(Allocation.port_id, Allocation.address, Subnet)
        .join(Subnet, Subnet.id == Allocation.subnet_id)
        .where(Allocation.port_id == (router.gateway_port_id or ""))
        .order_by(Allocation.number)
        .options(orm.joinedload(Subnet.pool))
    )
    return [Leg(port_id, address, subnet) for port_id, address, subnet in session.execute(query)]


def between(session: orm.Session, network_id: str, subnet_id: str) -> str | None:
    """Return the router that leads from a subnet to an external network, by its gateway first."""
    outer = orm.aliased(Port)
    query = (
        sa.select(Router.id)
        .join(outer, outer.id == Router.gateway_port_id)
        .join(RouterPort, RouterPort.router_id == Router.id)
        .join(Allocation, Allocation.port_id == RouterPort.port_id)
        .join(Subnet, Subnet.id == Allocation.subnet_id)
        .where(outer.network_id == network_id, Allocation.subnet_id == subnet_id)
        .order_by(sa.case((Allocation.address == Subnet.gateway_ip, 0), else_=1), Router.created_at)
    )
    return session.scalars(query.limit(1)).first()


def floating(session: orm.Session, router_id: str) -> list[FloatingIp]:
    """Return the floating addresses that lead through a router, with the ports they lead to."""
    both = (orm.joinedload(FloatingIp.port), orm.joinedload(FloatingIp.outer_port))
    query = sa.select(FloatingIp).where(FloatingIp.router_id == router_id)
    return list(session.scalars(query.options(*both)))


def floats_on(session: orm.Session, router_id: str, subnet_ids: Sequence[str]) -> bool:
    """Say whether floating addresses lead through a router into some subnets."""
    query = (
        sa.select(FloatingIp.id)
        .join(
            Allocation,
            sa.and_(
                Allocation.port_id == FloatingIp.port_id,
                Allocation.address == FloatingIp.fixed_address,
            ),
        )
        .where(FloatingIp.router_id == router_id, Allocation.subnet_id.in_(subnet_ids))
    )
    return session.scalars(query.limit(1)).first() is not None


def on_networks(session: orm.Session, network_ids: Any) -> Sequence[str]:
    """Advance the routers that have a leg on some networks, and return their ids.

    network_ids: a list of ids, or a query of them.
    """
    there = sa.select(Port.id).where(Port.network_id.in_(network_ids))
    outer = sa.select(Router.id).where(Router.gateway_port_id.in_(there))
    inner = sa.select(RouterPort.router_id).where(RouterPort.port_id.in_(there))
    found = sorted({*session.scalars(outer), *session.scalars(inner)})
    rows.advance_all(session, Router, found)
    return found
