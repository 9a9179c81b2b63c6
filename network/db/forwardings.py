"""Questions about port forwardings."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from network import errors
from network.db.lists import Listing, columns
from network.db.models import Allocation
from network.db.router_models import FloatingIp, PortForwarding

LISTING = Listing(
    PortForwarding,
    columns(
        PortForwarding,
        "protocol external_port internal_port internal_port_id",
        internal_ip_address=PortForwarding.internal_address,
    ),
)


def get(session: orm.Session, floating_ip_id: str, row_id: str) -> PortForwarding:
    """Return one of an address's forwardings.  Raises PortForwardingNotFound."""
    query = sa.select(PortForwarding).where(
        PortForwarding.id == row_id, PortForwarding.floating_ip_id == floating_ip_id
    )
    found = session.scalars(query).one_or_none()
    if found is None:
        raise errors.PortForwardingNotFound(id=row_id)
    return found


def of_address(session: orm.Session, floating_ip_id: str) -> Sequence[PortForwarding]:
    """Return all of an address's forwardings."""
    query = sa.select(PortForwarding).where(PortForwarding.floating_ip_id == floating_ip_id)
    return list(session.scalars(query.order_by(PortForwarding.created_at, PortForwarding.id)))


def through(session: orm.Session, router_id: str) -> list[tuple[str, PortForwarding]]:
    """Return the forwardings that lead through a router, each with its outer address."""
    query = (
        sa.select(FloatingIp.address, PortForwarding)
        .join(PortForwarding, PortForwarding.floating_ip_id == FloatingIp.id)
        .where(FloatingIp.router_id == router_id)
    )
    return [(address, row) for address, row in session.execute(query)]


def into(session: orm.Session, router_id: str, subnet_ids: Sequence[str]) -> bool:
    """Say whether forwardings lead through a router into some subnets."""
    query = (
        sa.select(PortForwarding.id)
        .join(FloatingIp, FloatingIp.id == PortForwarding.floating_ip_id)
        .join(
            Allocation,
            sa.and_(
                Allocation.port_id == PortForwarding.internal_port_id,
                Allocation.address == PortForwarding.internal_address,
            ),
        )
        .where(FloatingIp.router_id == router_id, Allocation.subnet_id.in_(subnet_ids))
    )
    return session.scalar(query.limit(1)) is not None


def to_port(session: orm.Session, port_id: str) -> Sequence[PortForwarding]:
    """Return the forwardings that lead to a port."""
    query = sa.select(PortForwarding).where(PortForwarding.internal_port_id == port_id)
    return list(session.scalars(query))
