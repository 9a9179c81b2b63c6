"""Questions about floating addresses."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db.lists import Listing, columns
from network.db.router_models import FloatingIp

DETAILS = (
    orm.selectinload(FloatingIp.tags),
    orm.selectinload(FloatingIp.port),
    orm.selectinload(FloatingIp.forwardings),
)
LISTING = Listing(
    FloatingIp,
    columns(
        FloatingIp,
        "port_id router_id status",
        floating_ip_address=FloatingIp.address,
        fixed_ip_address=FloatingIp.fixed_address,
        floating_network_id=FloatingIp.network_id,
    ),
    {},
    DETAILS,
)


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a floating address."""
    return sa.true() if ctx.is_admin else FloatingIp.project_id == (ctx.project_id or "")


def get(session: orm.Session, ctx: RequestContext, floating_ip_id: str) -> FloatingIp:
    """Return a floating address the caller may see.  Raises FloatingIPNotFound."""
    query = sa.select(FloatingIp).where(FloatingIp.id == floating_ip_id, visible(ctx))
    query = query.options(*DETAILS).execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.FloatingIPNotFound(floatingip_id=floating_ip_id)
    return found


def leading_to(
    session: orm.Session, port_id: str, fixed_address: str, network_id: str
) -> FloatingIp | None:
    """Return the floating address of a network that leads to a port's address."""
    query = sa.select(FloatingIp).where(
        FloatingIp.port_id == port_id,
        FloatingIp.fixed_address == fixed_address,
        FloatingIp.network_id == network_id,
    )
    return session.scalars(query).one_or_none()
