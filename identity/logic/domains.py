"""Domains: what users, groups and projects live in."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from common.context import RequestContext
from identity.db import assignments
from identity.db.models import Domain, Group, Project, User
from identity.errors import DomainEnabled
from identity.logic import limits
from identity.logic.things import Before, Things
from identity.logic.work import Change


class Domains(Things[Domain]):
    """Every domain."""

    model = Domain
    writable = frozenset({"name", "description", "enabled", "options"})
    filters = frozenset({"id", "name", "enabled"})

    def target(self, row: Domain) -> dict[str, str]:
        """A domain is its own domain."""
        return {"domain_id": row.id}

    def place(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """A new domain is in none."""
        return {"domain_id": ""}

    def _conditions(
        self, ctx: RequestContext, query: Mapping[str, Any]
    ) -> Sequence[sa.ColumnElement[bool]]:
        found = [*super()._conditions(ctx, query)]
        if ctx.domain_id and "admin" not in ctx.roles:
            found.append(Domain.id == ctx.domain_id)
        return found

    def _updated(self, change: Change, row: Domain, before: Before) -> None:
        if before.differs(row, "enabled") and not row.enabled:
            change.end(domain_id=row.id)

    def _leaving(self, change: Change, row: Domain) -> None:
        """Take everything in the domain along.  Raises DomainEnabled."""
        if row.enabled:
            raise DomainEnabled()
        session = change.session
        for user_id in session.scalars(sa.select(User.id).where(User.domain_id == row.id)):
            change.end_user(user_id)
            assignments.forget_actor(session, "user", user_id)
        for group_id in session.scalars(sa.select(Group.id).where(Group.domain_id == row.id)):
            assignments.forget_actor(session, "group", group_id)
        for project_id in session.scalars(sa.select(Project.id).where(Project.domain_id == row.id)):
            assignments.forget_target(session, "project", project_id)
            limits.forget(session, project_id=project_id)
        assignments.forget_target(session, "domain", row.id)
        limits.forget(session, domain_id=row.id)
        change.end(domain_id=row.id)
