"""Role assignments: given, taken away, listed."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from identity.db import assignments, rows
from identity.db.assignments import Given, Grant
from identity.db.models import (
    Assignment,
    Domain,
    Group,
    Membership,
    Model,
    Project,
    Role,
    User,
)
from identity.errors import Missing
from identity.logic.work import Change, Work

ACTORS: dict[str, type[Model]] = {"user": User, "group": Group}
TARGETS: dict[str, type[Model]] = {"project": Project, "domain": Domain}


class Grants:
    """Who has which role where."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def facts(self, grant: Grant, role_id: str | None) -> dict[str, str]:
        """Return what policy needs to know: the domains of both, and the role's name.

        A domain's own role has none.  Raises Missing.
        """
        with self._work.reading() as session:
            _exist(session, grant)
            actor: Any = rows.get(session, ACTORS[grant.actor], grant.actor_id)
            role = rows.get(session, Role, role_id) if role_id else None
            where = grant.target_id if grant.target == "domain" else ""
            if grant.target == "project":
                where = rows.get(session, Project, grant.target_id).domain_id
        name = role.name if role is not None and not role.domain_id else ""
        return {"domain_id": where, "actor_domain_id": actor.domain_id, "role_name": name}

    def list(self, grant: Grant) -> Sequence[Role]:
        """Return the roles that were assigned, not what follows from them.  Raises Missing."""
        facts = dataclasses.asdict(grant)
        with self._work.reading() as session:
            _exist(session, grant)
            query = sa.select(Role).join(Assignment, Assignment.role_id == Role.id)
            return session.scalars(query.filter(*_same(facts)).order_by(Role.name)).all()

    def check(self, grant: Grant, role_id: str) -> None:
        """Return when the role was assigned.  Raises Missing."""
        with self._work.reading() as session:
            _exist(session, grant)
            rows.get(session, Role, role_id)
            _find(session, grant, role_id)

    def create(self, grant: Grant, role_id: str) -> None:
        """Assign a role; one that was assigned already stays.  Raises Missing."""
        with self._work.change() as change:
            _exist(change.session, grant)
            rows.get(change.session, Role, role_id)
            facts = {**dataclasses.asdict(grant), "role_id": role_id}
            if rows.find(change.session, Assignment, **facts) is None:
                change.session.add(Assignment(**facts))

    def delete(self, grant: Grant, role_id: str) -> None:
        """Take a role away, and end the tokens that carry it.  Raises Missing."""
        with self._work.change() as change:
            _exist(change.session, grant)
            change.session.delete(_find(change.session, grant, role_id))
            _end(change, grant)

    def all(self, query: Mapping[str, Any], within: str | None = None) -> Sequence[Given]:
        """Return the assignments that a query string asks for.

        within: the domain on which, or on whose projects, they have to be.

        query: `user.id`, `group.id`, `role.id`, `scope.project.id`, `scope.domain.id`,
        `scope.system`, `scope.OS-INHERIT:inherited_to`; `effective` resolves groups,
        inheritance and implied roles; `include_subtree` adds the projects below.
        """
        with self._work.reading() as session:
            everything = [_given(row) for row in session.scalars(_ordered())]
            if _flag(query, "effective"):
                everything = list(dict.fromkeys(_effective(session, everything)))
            if within is not None:
                inside = _inside(session, within)
                everything = [
                    given
                    for given in everything
                    if (given.grant.target, given.grant.target_id) in inside
                ]
            return [given for given in everything if _wanted(session, given, query)]


def _flag(query: Mapping[str, Any], name: str) -> bool:
    return name in query and str(query[name]).lower() not in ("false", "0")


def _ordered() -> sa.Select[Any]:
    columns = (Assignment.actor, Assignment.actor_id, Assignment.target, Assignment.target_id)
    return sa.select(Assignment).order_by(*columns, Assignment.role_id)


def _given(row: Assignment) -> Given:
    grant = Grant(row.actor, row.actor_id, row.target, row.target_id, row.inherited)
    return Given(grant, row.role_id)


def _same(facts: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    return [getattr(Assignment, name) == value for name, value in facts.items()]


def _exist(session: orm.Session, grant: Grant) -> None:
    rows.get(session, ACTORS[grant.actor], grant.actor_id)
    if grant.target in TARGETS:
        rows.get(session, TARGETS[grant.target], grant.target_id)


def _find(session: orm.Session, grant: Grant, role_id: str) -> Assignment:
    found = rows.find(session, Assignment, **dataclasses.asdict(grant), role_id=role_id)
    if found is None:
        where = f"{grant.target} {grant.target_id}"
        what = f"{role_id}, {grant.actor} {grant.actor_id}, {where}"
        raise Missing(kind="role assignment with role", id=what)
    return found


def _end(change: Change, grant: Grant) -> None:
    """End what the actor, or each member of the group, does on the target."""
    user_ids = [grant.actor_id]
    if grant.actor == "group":
        members = sa.select(Membership.user_id).where(Membership.group_id == grant.actor_id)
        user_ids = list(change.session.scalars(members))
    for user_id in user_ids:
        if grant.inherited:
            change.end_user(user_id)
        elif grant.target == "project":
            change.end_user(user_id, project_id=grant.target_id)
        elif grant.target == "domain":
            change.end(user_id=user_id, domain_id=grant.target_id)
        else:
            change.end(user_id=user_id, system=True)


def _effective(session: orm.Session, everything: Iterable[Given]) -> Iterable[Given]:
    """Yield what follows: for users only, where it counts, with all the roles implied."""
    members: dict[str, list[str]] = {}
    for membership in session.scalars(sa.select(Membership)):
        members.setdefault(membership.group_id, []).append(membership.user_id)
    for given in everything:
        grant = given.grant
        roles = assignments.with_implied(session, {given.role_id})
        through = grant.actor_id if grant.actor == "group" else None
        users = members.get(grant.actor_id, []) if through else [grant.actor_id]
        for target_id in _reach(session, grant):
            target = "project" if grant.inherited else grant.target
            for user_id in users:
                for role in roles:
                    yield Given(Grant("user", user_id, target, target_id), role.id, through)


def _reach(session: orm.Session, grant: Grant) -> list[str]:
    """Return the targets on which an assignment counts."""
    if not grant.inherited:
        return [grant.target_id]
    if grant.target == "domain":
        query = sa.select(Project.id).where(Project.domain_id == grant.target_id)
        return list(session.scalars(query))
    return _below(session, grant.target_id)


def _below(session: orm.Session, project_id: str) -> list[str]:
    children = session.scalars(sa.select(Project.id).where(Project.parent_id == project_id)).all()
    return [*children, *(each for child in children for each in _below(session, child))]


def _inside(session: orm.Session, domain_id: str) -> set[tuple[str, str]]:
    """Return a domain and its projects, as (target, target_id)."""
    projects = session.scalars(sa.select(Project.id).where(Project.domain_id == domain_id))
    return {("domain", domain_id), *(("project", project_id) for project_id in projects)}


def _wanted(session: orm.Session, given: Given, query: Mapping[str, Any]) -> bool:
    grant = given.grant
    if query.get("user.id", grant.actor_id if grant.actor == "user" else None) != (
        grant.actor_id if grant.actor == "user" else None
    ):
        return False
    if "group.id" in query and (grant.actor, grant.actor_id) != ("group", query["group.id"]):
        return False
    if query.get("role.id", given.role_id) != given.role_id:
        return False
    if query.get("scope.OS-INHERIT:inherited_to") and not grant.inherited:
        return False
    return _in_scope(session, grant, query)


def _in_scope(session: orm.Session, grant: Grant, query: Mapping[str, Any]) -> bool:
    if "scope.system" in query:
        return grant.target == "system"
    if "scope.domain.id" in query:
        return (grant.target, grant.target_id) == ("domain", query["scope.domain.id"])
    if "scope.project.id" in query:
        project_ids = {query["scope.project.id"]}
        if _flag(query, "include_subtree"):
            project_ids |= set(_below(session, query["scope.project.id"]))
        return grant.target == "project" and grant.target_id in project_ids
    return True
