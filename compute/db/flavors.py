"""Queries about flavors."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.context import RequestContext
from compute import errors
from compute.db.models import Flavor, FlavorAccess

SORTABLE: dict[str, Any] = {
    "flavorid": Flavor.id,
    "name": Flavor.name,
    "vcpus": Flavor.vcpus,
    "memory_mb": Flavor.memory_mib,
    "root_gb": Flavor.disk_gib,
    "swap": Flavor.swap_mib,
    "rxtx_factor": Flavor.rxtx_factor,
    "created_at": Flavor.created_at,
    "disabled": Flavor.disabled,
    "is_public": Flavor.is_public,
    "ephemeral_gb": Flavor.ephemeral_gib,
    "id": Flavor.id,
    "updated_at": Flavor.created_at,
    "vcpu_weight": Flavor.vcpus,
}


def visible(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that shows public flavors and those the project may use."""
    if ctx.is_admin:
        return sa.true()
    mine = sa.select(FlavorAccess.flavor_id).where(FlavorAccess.project_id == ctx.project_id)
    return sa.or_(Flavor.is_public, Flavor.id.in_(mine))


def get(session: orm.Session, ctx: RequestContext, flavor_id: str) -> Flavor:
    """Return a flavor the caller may use.  Raises FlavorNotFound."""
    found = session.scalar(sa.select(Flavor).where(Flavor.id == flavor_id, visible(ctx)))
    if found is None:
        raise errors.FlavorNotFound(flavor_id=flavor_id)
    return found


def page(
    session: orm.Session, conditions: list[sa.ColumnElement[bool]], wanted: paging.Page
) -> list[Flavor]:
    """Return one page of flavors."""
    query = sa.select(Flavor).where(*conditions)
    return paging.fetch(session, query, SORTABLE, Flavor.id, wanted)


def add(session: orm.Session, flavor: Flavor) -> None:
    """Keep a new flavor.  Raises FlavorExists."""
    same_id = session.get(Flavor, flavor.id)
    if same_id is not None:
        raise errors.FlavorExists(what="ID", value=flavor.id)
    session.add(flavor)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.FlavorExists(what="name", value=flavor.name) from error


def projects(session: orm.Session, flavor_id: str) -> list[str]:
    """Return the projects that may use a flavor that is not public."""
    query = sa.select(FlavorAccess.project_id).where(FlavorAccess.flavor_id == flavor_id)
    return list(session.scalars(query.order_by(FlavorAccess.project_id)))
