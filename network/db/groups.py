"""Questions about security groups and their rules."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import rbac, rows
from network.db.base import new_id
from network.db.group_models import DefaultGroup, SecurityGroup, SecurityGroupRule
from network.db.lists import Listing, columns
from network.db.models import Port, PortGroup

DEFAULT = "default"
DETAILS = (
    orm.selectinload(SecurityGroup.rules),
    orm.selectinload(SecurityGroup.tags),
    orm.selectinload(SecurityGroup.grants),
)
LISTING = Listing(
    SecurityGroup,
    columns(SecurityGroup, "name stateful"),
    {"shared": lambda values: rbac.shared_filter(SecurityGroup, values)},
    DETAILS,
)
RULES = Listing(
    SecurityGroupRule,
    columns(
        SecurityGroupRule,
        "security_group_id direction ethertype protocol port_range_min port_range_max "
        "remote_ip_prefix remote_group_id remote_address_group_id",
    ),
)


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a group."""
    return rbac.seen(ctx, SecurityGroup, "security_group")


def rule_visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a rule: its own, or of its own group."""
    if ctx.is_admin:
        return sa.true()
    own = sa.select(SecurityGroup.id).where(visible(ctx))
    return sa.or_(
        SecurityGroupRule.project_id == (ctx.project_id or ""),
        SecurityGroupRule.security_group_id.in_(own),
    )


def get(session: orm.Session, ctx: RequestContext, group_id: str) -> SecurityGroup:
    """Return a group the caller may see, with rules and tags.  Raises SecurityGroupNotFound."""
    query = sa.select(SecurityGroup).where(SecurityGroup.id == group_id, visible(ctx))
    query = query.options(*DETAILS).execution_options(populate_existing=True)
    group = session.scalars(query).one_or_none()
    if group is None:
        raise errors.SecurityGroupNotFound(security_group_id=group_id)
    return group


def get_rule(session: orm.Session, ctx: RequestContext, rule_id: str) -> SecurityGroupRule:
    """Return a rule the caller may see.  Raises SecurityGroupRuleNotFound."""
    query = sa.select(SecurityGroupRule).where(SecurityGroupRule.id == rule_id, rule_visible(ctx))
    rule = session.scalars(query).one_or_none()
    if rule is None:
        raise errors.SecurityGroupRuleNotFound(rule_id=rule_id)
    return rule


def get_own(session: orm.Session, ctx: RequestContext, group_id: str) -> SecurityGroup:
    """Return a group the caller may change.  Raises SecurityGroupNotFound, NotYours."""
    group = get(session, ctx, group_id)
    if not ctx.is_admin and group.project_id != ctx.project_id:
        raise errors.NotYours(what="Security group", resource_id=group_id)
    return group


def user_projects(session: orm.Session, group_id: str) -> set[str]:
    """Return the projects whose ports are in a group, or whose rules name it."""
    ports = sa.select(Port.project_id).join(PortGroup, PortGroup.port_id == Port.id)
    ports = ports.where(PortGroup.security_group_id == group_id)
    ruled = sa.select(SecurityGroupRule.project_id).where(
        SecurityGroupRule.remote_group_id == group_id,
        SecurityGroupRule.security_group_id != group_id,
    )
    return set(session.scalars(ports.union(ruled)))


def check_visible(session: orm.Session, ctx: RequestContext, group_ids: Iterable[str]) -> None:
    """Return when the caller sees each of the groups.  Raises SecurityGroupNotFound."""
    wanted = sorted(set(group_ids))
    query = sa.select(SecurityGroup.id).where(SecurityGroup.id.in_(wanted), visible(ctx))
    there = set(session.scalars(query))
    for group_id in wanted:
        if group_id not in there:
            raise errors.SecurityGroupNotFound(security_group_id=group_id)


def default_of(session: orm.Session, project_id: str) -> str | None:
    """Return the id of a project's default group, None while there is none."""
    return session.scalar(
        sa.select(DefaultGroup.security_group_id).where(DefaultGroup.project_id == project_id)
    )


def ensure_default(session: orm.Session, project_id: str) -> tuple[str, bool]:
    """Return the id of a project's default group, and whether it was made just now.

    Its members reach everybody and each other, and nobody else reaches them.
    """
    there = default_of(session, project_id)
    if there is None:
        rows.lock(session, f"default group {project_id}")
        there = default_of(session, project_id)
    if there is not None:
        return there, False
    group = SecurityGroup(
        id=new_id(), project_id=project_id, name=DEFAULT, description="Default security group"
    )
    session.add(group)
    session.flush()
    session.add(DefaultGroup(project_id=project_id, security_group_id=group.id))
    session.add_all([*standard_rules(group), *standard_rules(group, remote=True)])
    session.flush()
    return group.id, True


def standard_rules(group: SecurityGroup, *, remote: bool = False) -> list[SecurityGroupRule]:
    """Return the rules a group begins with: all egress, or with `remote` ingress from itself."""
    return [
        SecurityGroupRule(
            project_id=group.project_id,
            security_group_id=group.id,
            direction="ingress" if remote else "egress",
            ethertype=ethertype,
            remote_group_id=group.id if remote else None,
        )
        for ethertype in ("IPv4", "IPv6")
    ]


def rules_of(session: orm.Session, group_id: str) -> list[SecurityGroupRule]:
    """Return a group's rules, oldest first."""
    query = sa.select(SecurityGroupRule).where(SecurityGroupRule.security_group_id == group_id)
    return list(session.scalars(query.order_by(SecurityGroupRule.created_at)))


def ports_in(session: orm.Session, group_id: str) -> int:
    """Return how many ports are in a group."""
    query = sa.select(sa.func.count()).where(PortGroup.security_group_id == group_id)
    return int(session.scalar(query) or 0)


def referring(session: orm.Session, group_id: str) -> Sequence[str]:
    """Return ids of the other groups that have a rule about a group's members."""
    query = sa.select(SecurityGroupRule.security_group_id).where(
        SecurityGroupRule.remote_group_id == group_id,
        SecurityGroupRule.security_group_id != group_id,
    )
    return sorted(set(session.scalars(query)))


def is_default(session: orm.Session, group_id: str) -> bool:
    """Say whether a group is its project's default."""
    query = sa.select(DefaultGroup.project_id).where(DefaultGroup.security_group_id == group_id)
    return session.scalar(query) is not None
