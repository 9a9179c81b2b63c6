"""Who has which role where: what was assigned, and what follows from it."""

import dataclasses
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db.models import Assignment, Domain, Implication, Membership, Project, Role

SYSTEM = "all"
MOST_DEPTH = 32


@dataclasses.dataclass(frozen=True)
class Grant:
    """Whom, and where.  See identity.db.models.Assignment."""

    actor: str
    actor_id: str
    target: str
    target_id: str
    inherited: bool = False


@dataclasses.dataclass(frozen=True)
class Given:
    """One line of the list of assignments.

    group_id: the group it came through, and inherited_from where, in an effective list.
    """

    grant: Grant
    role_id: str
    group_id: str | None = None


def actors(session: orm.Session, user_id: str) -> list[tuple[str, str]]:
    """Return the user and the user's groups, as (actor, actor_id)."""
    groups = session.scalars(sa.select(Membership.group_id).where(Membership.user_id == user_id))
    return [("user", user_id), *(("group", group_id) for group_id in groups)]


def above(session: orm.Session, project: Project) -> list[tuple[str, str]]:
    """Return the projects above a project and its domain, as (target, target_id)."""
    found: list[tuple[str, str]] = []
    parent_id = project.parent_id
    while parent_id != project.domain_id and len(found) < MOST_DEPTH:
        parent = session.get(Project, parent_id)
        if parent is None:
            break
        found.append(("project", parent.id))
        parent_id = parent.parent_id
    return [*found, ("domain", project.domain_id)]


def effective(session: orm.Session, user_id: str, target: str, target_id: str) -> list[Role]:
    """Return the roles that the user has on a target, sorted by name.

    Those of the user's groups, those inherited from above, and the implied ones are among them.
    """
    direct = _among("user", [user_id]) | _among("group", _groups(user_id))
    here = _on(target, target_id, inherited=False)
    project = session.get(Project, target_id) if target == "project" else None
    if project is not None:
        here |= sa.or_(
            _on("project", project.id, inherited=True),
            *(_on(kind, its_id, inherited=True) for kind, its_id in above(session, project)),
        )
    query = sa.select(Assignment.role_id).where(direct, here).distinct()
    return with_implied(session, set(session.scalars(query)))


def _groups(user_id: str) -> sa.Select[Any]:
    return sa.select(Membership.group_id).where(Membership.user_id == user_id)


def _among(actor: str, ids: list[str] | sa.Select[Any]) -> sa.ColumnElement[bool]:
    return sa.and_(Assignment.actor == actor, Assignment.actor_id.in_(ids))


def _on(target: str, target_id: str, *, inherited: bool) -> sa.ColumnElement[bool]:
    return sa.and_(
        Assignment.target == target,
        Assignment.target_id == target_id,
        Assignment.inherited.is_(inherited),
    )


def with_implied(session: orm.Session, role_ids: set[str]) -> list[Role]:
    """Return these roles and all they imply, sorted by name.

    A domain's own role only stands for those it implies: no service knows it by name.
    """
    if not role_ids:
        return []
    implied: dict[str, set[str]] = {}
    for rule in session.scalars(sa.select(Implication)):
        implied.setdefault(rule.prior_id, set()).add(rule.implied_id)
    known, fresh = set(role_ids), set(role_ids)
    while fresh:
        fresh = set().union(*(implied.get(role_id, set()) for role_id in fresh)) - known
        known |= fresh
    query = sa.select(Role).where(Role.id.in_(known), Role.domain_id == "").order_by(Role.name)
    return list(session.scalars(query))


def projects_of(session: orm.Session, user_id: str) -> list[Project]:
    """Return the enabled projects on which the user has any role, sorted by name."""
    mine = _among("user", [user_id]) | _among("group", _groups(user_id))
    targets = sa.select(Assignment.target_id).where(mine, Assignment.target == "project")
    domains = sa.select(Assignment.target_id).where(
        mine, Assignment.target == "domain", Assignment.inherited.is_(True)
    )
    query = (
        sa.select(Project)
        .join(Domain, Domain.id == Project.domain_id)
        .where(Project.id.in_(targets) | Project.domain_id.in_(domains))
        .where(Project.enabled, Domain.enabled)
        .order_by(Project.name, Project.id)
    )
    return list(session.scalars(query))


def domains_of(session: orm.Session, user_id: str) -> list[Domain]:
    """Return the enabled domains on which the user has any role, sorted by name."""
    mine = _among("user", [user_id]) | _among("group", _groups(user_id))
    targets = sa.select(Assignment.target_id).where(
        mine, Assignment.target == "domain", Assignment.inherited.is_(False)
    )
    query = sa.select(Domain).where(Domain.id.in_(targets), Domain.enabled).order_by(Domain.name)
    return list(session.scalars(query))


def forget_actor(session: orm.Session, actor: str, actor_id: str) -> None:
    """Remove all that a user or group was assigned."""
    session.execute(
        sa.delete(Assignment).where(Assignment.actor == actor, Assignment.actor_id == actor_id)
    )


def forget_target(session: orm.Session, target: str, target_id: str) -> None:
    """Remove all that was assigned on a project or domain."""
    session.execute(
        sa.delete(Assignment).where(Assignment.target == target, Assignment.target_id == target_id)
    )
