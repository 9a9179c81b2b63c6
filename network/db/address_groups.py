"""Questions about address groups."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rbac
from network.db.address_group_models import AddressGroup
from network.db.group_models import SecurityGroupRule
from network.db.lists import Listing, columns

DETAILS = (orm.selectinload(AddressGroup.grants), orm.selectinload(AddressGroup.tags))
LISTING = Listing(
    AddressGroup,
    columns(AddressGroup, "name"),
    {"shared": lambda values: rbac.shared_filter(AddressGroup, values)},
    DETAILS,
)


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of an address group."""
    return rbac.seen(ctx, AddressGroup, "address_group")


def get(session: orm.Session, ctx: RequestContext, group_id: str) -> AddressGroup:
    """Return an address group the caller may see.  Raises AddressGroupNotFound."""
    query = sa.select(AddressGroup).where(AddressGroup.id == group_id, visible(ctx))
    query = query.options(*DETAILS).execution_options(populate_existing=True)
    group = session.scalars(query).one_or_none()
    if group is None:
        raise errors.AddressGroupNotFound(address_group_id=group_id)
    return group


def used(session: orm.Session, group_id: str) -> str | None:
    """Return a rule that names an address group, None when there is none."""
    query = sa.select(SecurityGroupRule.id).where(
        SecurityGroupRule.remote_address_group_id == group_id
    )
    return session.scalar(query.limit(1))


def user_projects(session: orm.Session, group_id: str) -> set[str]:
    """Return the projects whose rules name an address group."""
    query = sa.select(SecurityGroupRule.project_id).where(
        SecurityGroupRule.remote_address_group_id == group_id
    )
    return set(session.scalars(query))
