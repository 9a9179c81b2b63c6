"""Questions about trunks and the ports inside them."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db.lists import Listing, columns
from network.db.models import Port
from network.db.trunk_models import SubPort, Trunk

DETAILS = (
    orm.selectinload(Trunk.sub_ports),
    orm.selectinload(Trunk.tags),
    orm.joinedload(Trunk.port),
)
LISTING = Listing(Trunk, columns(Trunk, "name port_id admin_state_up"), {}, DETAILS)


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a trunk."""
    return sa.true() if ctx.is_admin else Trunk.project_id == (ctx.project_id or "")


def get(session: orm.Session, ctx: RequestContext, trunk_id: str) -> Trunk:
    """Return a trunk the caller may see, with its sub-ports.  Raises TrunkNotFound."""
    query = sa.select(Trunk).where(Trunk.id == trunk_id, visible(ctx)).options(*DETAILS)
    trunk = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if trunk is None:
        raise errors.TrunkNotFound(trunk_id=trunk_id)
    return trunk


def of_port(session: orm.Session, port_id: str) -> Trunk | None:
    """Return the trunk that a port is the parent of."""
    return session.scalars(sa.select(Trunk).where(Trunk.port_id == port_id)).one_or_none()


def inside(session: orm.Session, port_id: str) -> tuple[SubPort, Trunk] | None:
    """Return a port's place in a trunk, and the trunk."""
    query = (
        sa.select(SubPort, Trunk)
        .join(Trunk, Trunk.id == SubPort.trunk_id)
        .where(SubPort.port_id == port_id)
    )
    found = session.execute(query).one_or_none()
    return None if found is None else (found[0], found[1])


def user_of(session: orm.Session, port: Port) -> str | None:
    """Say what a port is of some trunk, None when it is nothing."""
    if of_port(session, port.id) is not None:
        return "parent"
    return "subport" if inside(session, port.id) is not None else None
