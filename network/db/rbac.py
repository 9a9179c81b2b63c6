"""Questions about grants."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db.lists import Listing, columns
from network.db.rbac_models import EVERYBODY, SHARED, Grant

LISTING = Listing(
    Grant,
    columns(Grant, "object_type object_id action", target_tenant=Grant.target),
    {"target_project": lambda values: Grant.target.in_(values)},
)


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a grant: it is its own."""
    return sa.true() if ctx.is_admin else Grant.project_id == (ctx.project_id or "")


def get(session: orm.Session, ctx: RequestContext, grant_id: str) -> Grant:
    """Return a grant of the caller's.  Raises RbacPolicyNotFound."""
    query = sa.select(Grant).where(Grant.id == grant_id, visible(ctx))
    grant = session.scalars(query).one_or_none()
    if grant is None:
        raise errors.RbacPolicyNotFound(id=grant_id)
    return grant


def granted(ctx: RequestContext, object_type: str) -> sa.Select[Any]:
    """Return the query of ids that are granted to the caller's project, or to all."""
    targets = [EVERYBODY, *([ctx.project_id] if ctx.project_id else [])]
    return sa.select(Grant.object_id).where(
        Grant.object_type == object_type, Grant.target.in_(targets)
    )


def seen(ctx: RequestContext, model: Any, object_type: str) -> Any:
    """Return the condition that a row is the caller's, or granted to it."""
    if ctx.is_admin:
        return sa.true()
    own = model.project_id == (ctx.project_id or "")
    return sa.or_(own, model.id.in_(granted(ctx, object_type)))


def shared_filter(model: Any, values: Sequence[str]) -> Any:
    """Return the condition of `shared=true`: granted to everybody."""
    there = (
        sa.select(Grant.id)
        .where(Grant.object_id == model.id, Grant.action == SHARED, Grant.target == EVERYBODY)
        .exists()
    )
    wanted = {value.lower() in ("true", "1") for value in values}
    return sa.or_(*((there if one else sa.not_(there)) for one in wanted))


def of_object(session: orm.Session, object_id: str) -> list[Grant]:
    """Return all grants of one resource."""
    return list(session.scalars(sa.select(Grant).where(Grant.object_id == object_id)))


def add(session: orm.Session, grant: Grant) -> Grant:
    """Keep a new or changed grant.  Raises RbacPolicyExists."""
    object_type, target = grant.object_type, grant.target
    session.add(grant)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.DuplicateRbacPolicy(object_type=object_type, target=target) from error
    return grant
