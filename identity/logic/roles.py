"""Roles, and what they imply."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from identity.db import assignments, rows
from identity.db.models import ApplicationCredential, Domain, Implication, Role, Trust
from identity.errors import ActionForbidden, Missing
from identity.logic.things import Things
from identity.logic.work import Change


class Roles(Things[Role]):
    """Every role."""

    model = Role
    writable = frozenset({"name", "description", "options", "domain_id"})
    filters = frozenset({"id", "name", "domain_id"})

    def target(self, row: Role) -> dict[str, Any]:
        """A domain's manager passes on roles of the whole cloud, by their names."""
        return {"domain_id": row.domain_id or "", "role_name": "" if row.domain_id else row.name}

    def implied(self, prior_id: str) -> tuple[Role, Sequence[Role]]:
        """Return a role and what it implies, directly.  Raises Missing."""
        with self._work.reading() as session:
            prior = rows.get(session, Role, prior_id)
            query = sa.select(Role).join(Implication, Implication.implied_id == Role.id)
            found = query.where(Implication.prior_id == prior_id).order_by(Role.name)
            return prior, session.scalars(found).all()

    def inferences(self) -> Sequence[tuple[Role, Sequence[Role]]]:
        """Return every role that implies another, and what it implies."""
        with self._work.reading() as session:
            priors = session.scalars(sa.select(Implication.prior_id).distinct()).all()
        return [self.implied(prior_id) for prior_id in priors]

    def check_implied(self, prior_id: str, implied_id: str) -> tuple[Role, Role]:
        """Return both roles when one implies the other.  Raises Missing."""
        with self._work.reading() as session:
            _implication(session, prior_id, implied_id)
            return rows.get(session, Role, prior_id), rows.get(session, Role, implied_id)

    def imply(self, prior_id: str, implied_id: str) -> tuple[Role, Role]:
        """Let one role imply another.  Raises Missing, ActionForbidden."""
        with self._work.change() as change:
            prior = rows.get(change.session, Role, prior_id)
            implied = rows.get(change.session, Role, implied_id)
            if implied.domain_id and not prior.domain_id:
                raise ActionForbidden(
                    reason=f"{implied.name} is a domain's role: {prior.name} cannot imply it"
                )
            if any(role.id == prior_id for role in _closure(change.session, implied_id)):
                raise ActionForbidden(reason=f"{implied.name} implies {prior.name} already")
            if change.session.get(Implication, (prior_id, implied_id)) is None:
                change.session.add(Implication(prior_id=prior_id, implied_id=implied_id))
            return prior, implied

    def forget_implied(self, prior_id: str, implied_id: str) -> None:
        """Let a role no longer imply another, and end the tokens that say so.  Raises Missing."""
        with self._work.change() as change:
            change.session.delete(_implication(change.session, prior_id, implied_id))
            for role in _closure(change.session, implied_id):
                change.end(role=role.name)

    def _conditions(
        self, ctx: RequestContext, query: Mapping[str, Any]
    ) -> Sequence[sa.ColumnElement[bool]]:
        plain = {name: value for name, value in query.items() if name != "domain_id"}
        wanted = query.get("domain_id") or ""
        everywhere = dataclasses.replace(ctx, domain_id=None)  # a domain's manager sees these, too
        return [*super()._conditions(everywhere, plain), Role.domain_id == wanted]

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        if values.get("domain_id"):
            rows.get(session, Domain, values["domain_id"])

    def _leaving(self, change: Change, row: Role) -> None:
        """End the tokens that carry the role or its implications, and what passes it on."""
        for role in [row, *_closure(change.session, row.id)]:
            change.end(role=role.name)
        for model in (Trust, ApplicationCredential):
            for owner in change.session.scalars(
                sa.select(model).where(model.roles.any(Role.id == row.id))
            ):
                change.session.delete(owner)
        change.session.flush()


def _closure(session: orm.Session, role_id: str) -> Sequence[Role]:
    return assignments.with_implied(session, {role_id})


def _implication(session: orm.Session, prior_id: str, implied_id: str) -> Implication:
    rows.get(session, Role, prior_id)
    rows.get(session, Role, implied_id)
    found = session.get(Implication, (prior_id, implied_id))
    if found is None:
        raise Missing(kind="implied role", id=f"{prior_id} implies {implied_id}")
    return found
