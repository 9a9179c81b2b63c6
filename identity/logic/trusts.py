"""Trusts: made, shown, ended."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import clock
from common.errors import BadRequest
from common.paging import Page
from common.tokens import Claims
from identity.db import assignments, rows
from identity.db.models import Project, Role, Trust, User, new_id
from identity.errors import ActionForbidden, Missing
from identity.logic import delegation
from identity.logic.who import expired
from identity.logic.work import Change, Work

MOST_REDELEGATIONS = 3
PARTIES = ("trustor_user_id", "trustee_user_id")


class Trusts:
    """Every trust."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def target(self, row: Trust) -> dict[str, str]:
        """Both parties may see their trust."""
        return {name: getattr(row, name) for name in PARTIES}

    def list(self, query: Mapping[str, Any], page: Page) -> Sequence[Trust]:
        """Return one page of the trusts, narrowed by trustor and trustee."""
        conditions = [getattr(Trust, name) == query[name] for name in PARTIES if name in query]
        living = Trust.expires_at.is_(None) | (Trust.expires_at > clock.utcnow())
        with self._work.reading() as session:
            return rows.page(session, Trust, page, living, *conditions)

    def get(self, trust_id: str) -> Trust:
        """Return a trust that has not expired.  Raises Missing."""
        with self._work.reading() as session:
            trust = rows.get(session, Trust, trust_id)
        if expired(trust.expires_at):
            raise Missing(kind="trust", id=trust_id)
        return trust

    def role(self, trust_id: str, role_id: str) -> Role:
        """Return one of the roles that a trust passes on.  Raises Missing."""
        for role in self.get(trust_id).roles:
            if role.id == role_id:
                return role
        raise Missing(kind="role", id=role_id)

    def create(self, claims: Claims, wanted: Mapping[str, Any]) -> Trust:
        """Trust somebody.  Raises ActionForbidden, BadRequest, Missing.

        claims: those of the trustor's token, which may itself be of a trust that is passed on.
        """
        trust = Trust(
            id=new_id(),
            trustor_user_id=wanted["trustor_user_id"],
            trustee_user_id=wanted["trustee_user_id"],
            project_id=wanted.get("project_id"),
            impersonation=wanted["impersonation"],
            expires_at=delegation.moment(wanted.get("expires_at")),
            remaining_uses=wanted.get("remaining_uses"),
            redelegation_count=_redelegations(wanted),
        )
        with self._work.change() as change:
            session = change.session
            delegation.unrestricted(session, claims)
            rows.get(session, User, trust.trustee_user_id)
            trust.roles = [*delegation.roles(session, wanted.get("roles") or [])]
            _held(session, trust)
            if claims.trust_id:
                _pass_on(trust, rows.get(session, Trust, claims.trust_id), wanted)
            rows.add(session, trust)
            return trust

    def delete(self, claims: Claims, trust_id: str) -> None:
        """End a trust and those it was passed on in.  Raises Missing, ActionForbidden."""
        with self._work.change() as change:
            delegation.unrestricted(change.session, claims)
            _end(change, rows.get(change.session, Trust, trust_id))


def _redelegations(wanted: Mapping[str, Any]) -> int:
    """Return how often the trust may be passed on.  Raises BadRequest, ActionForbidden."""
    if not wanted.get("allow_redelegation"):
        return 0
    if wanted.get("remaining_uses") is not None:
        raise BadRequest(reason="remaining_uses must not be set if redelegation is allowed")
    count = wanted.get("redelegation_count")
    if count is None:
        return MOST_REDELEGATIONS
    if count > MOST_REDELEGATIONS:
        raise ActionForbidden(reason=f"redelegation_count is at most {MOST_REDELEGATIONS}")
    return int(count)


def _held(session: orm.Session, trust: Trust) -> None:
    """Return when the trustor has the roles that are passed on.

    Raises ActionForbidden when not, Missing for an unknown project.
    """
    if trust.project_id is None:
        if trust.roles:
            raise ActionForbidden(reason="Roles are passed on in a project: name it")
        return
    rows.get(session, Project, trust.project_id)
    if not trust.roles:
        raise ActionForbidden(reason="At least one role should be specified")
    user_id, project_id = trust.trustor_user_id, trust.project_id
    held = {role.id for role in assignments.effective(session, user_id, "project", project_id)}
    for role in trust.roles:
        if role.id not in held:
            raise ActionForbidden(reason=f"The trustor does not have the role {role.name}")


def _pass_on(trust: Trust, source: Trust, wanted: Mapping[str, Any]) -> None:
    """Make the trust one that passes its source on.  Raises ActionForbidden."""
    if source.redelegation_count < 1:
        raise ActionForbidden(reason="Requested trust cannot be redelegated any further")
    if wanted.get("allow_redelegation") and wanted.get("redelegation_count") is None:
        trust.redelegation_count = source.redelegation_count - 1
    wider = [
        trust.redelegation_count >= source.redelegation_count,
        trust.project_id != source.project_id,
        trust.impersonation and not source.impersonation,
        not {role.id for role in trust.roles} <= {role.id for role in source.roles},
    ]
    if source.expires_at is not None:
        trust.expires_at = trust.expires_at or source.expires_at
        wider.append(trust.expires_at > source.expires_at)
    if any(wider):
        raise ActionForbidden(reason="A redelegated trust cannot give more than its source")
    trust.redelegated_trust_id = source.id


def _end(change: Change, trust: Trust) -> None:
    children = sa.select(Trust).where(Trust.redelegated_trust_id == trust.id)
    for child in change.session.scalars(children).all():
        _end(change, child)
    change.end(trust_id=trust.id)
    change.session.delete(trust)
    change.session.flush()
