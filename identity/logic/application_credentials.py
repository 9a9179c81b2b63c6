"""Application credentials and their access rules."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from common.errors import BadRequest
from common.paging import Page
from common.tokens import Claims
from identity.db import assignments, rows
from identity.db.models import (
    AccessRule,
    ApplicationCredential,
    ApplicationCredentialRule,
    User,
    new_id,
)
from identity.errors import ActionForbidden, Missing
from identity.logic import delegation, passwords
from identity.logic.work import Work

Own = TypeVar("Own", ApplicationCredential, AccessRule)


class ApplicationCredentials:
    """Those of one user at a time.

    rounds: bcrypt's work factor for secrets that were chosen.  most: of a user; -1: any number.
    """

    def __init__(self, work: Work, rounds: int, most: int = -1) -> None:
        self._work = work
        self._rounds = rounds
        self._most = most

    def list(
        self, user_id: str, query: Mapping[str, Any], page: Page
    ) -> Sequence[ApplicationCredential]:
        """Return one page of a user's.  Raises Missing."""
        conditions = [ApplicationCredential.user_id == user_id]
        if isinstance(query.get("name"), str):
            conditions.append(ApplicationCredential.name == query["name"])
        with self._work.reading() as session:
            rows.get(session, User, user_id)
            return rows.page(session, ApplicationCredential, page, *conditions)

    def get(self, user_id: str, credential_id: str) -> ApplicationCredential:
        """Return one of a user's.  Raises Missing."""
        with self._work.reading() as session:
            return _own(session, ApplicationCredential, user_id, credential_id)

    def create(
        self, claims: Claims, wanted: Mapping[str, Any]
    ) -> tuple[ApplicationCredential, str]:
        """Make one for the caller, in the project of the token; return it and its secret.

        Raises BadRequest, Duplicate, ActionForbidden, LimitExceeded.
        """
        if claims.project_id is None or claims.trust_id is not None:
            raise ActionForbidden(reason="An application credential needs a token of a project")
        secret = wanted.get("secret") or secrets.token_urlsafe(64)
        rounds = self._rounds if wanted.get("secret") else passwords.SECRET_ROUNDS
        credential = ApplicationCredential(
            id=new_id(),
            user_id=claims.user_id,
            project_id=claims.project_id,
            name=wanted["name"],
            description=wanted.get("description"),
            secret_hash=passwords.make(secret, rounds),
            expires_at=delegation.moment(wanted.get("expires_at")),
            unrestricted=bool(wanted.get("unrestricted")),
        )
        with self._work.change() as change:
            delegation.unrestricted(change.session, claims)
            rows.room(change.session, ApplicationCredential, claims.user_id, self._most)
            credential.roles = [*_roles(change.session, claims, wanted)]
            credential.access_rules = _rules(change.session, claims.user_id, wanted)
            rows.add(change.session, credential)
            return credential, secret

    def delete(self, claims: Claims, user_id: str, credential_id: str) -> None:
        """Remove one, and end its tokens.  Raises Missing, ActionForbidden."""
        with self._work.change() as change:
            delegation.unrestricted(change.session, claims)
            found = _own(change.session, ApplicationCredential, user_id, credential_id)
            change.end(application_credential_id=found.id)
            change.session.delete(found)

    def rules(self, user_id: str, page: Page) -> Sequence[AccessRule]:
        """Return one page of a user's access rules.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, User, user_id)
            return rows.page(session, AccessRule, page, AccessRule.user_id == user_id)

    def rule(self, user_id: str, rule_id: str) -> AccessRule:
        """Return one of a user's access rules.  Raises Missing."""
        with self._work.reading() as session:
            return _own(session, AccessRule, user_id, rule_id)

    def delete_rule(self, user_id: str, rule_id: str) -> None:
        """Remove an access rule that nothing uses.  Raises Missing, ActionForbidden."""
        uses = sa.select(ApplicationCredentialRule.credential_id)
        with self._work.change() as change:
            rule = _own(change.session, AccessRule, user_id, rule_id)
            used = uses.where(ApplicationCredentialRule.rule_id == rule.id).limit(1)
            if change.session.scalar(used) is not None:
                raise ActionForbidden(reason=f"access rule {rule_id} is in use")
            change.session.delete(rule)


def _own(session: orm.Session, model: type[Own], user_id: str, row_id: str) -> Own:
    row = rows.get(session, model, row_id)
    if row.user_id != user_id:
        raise Missing(kind=rows.kind(model), id=row_id)
    return row


def _roles(session: orm.Session, claims: Claims, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """Return the roles it gets: those of the token, or some that the user has in the project.

    One made by another application credential gets no more than that has.  Raises BadRequest.
    """
    if not wanted.get("roles"):
        return delegation.roles_of(session, claims)
    held = set(claims.roles)
    if not claims.application_credential_id:
        project_id = str(claims.project_id)
        mine = assignments.effective(session, claims.user_id, "project", project_id)
        held |= {role.name for role in mine}
    found = delegation.roles(session, wanted["roles"])
    for role in found:
        if role.name not in held:
            raise BadRequest(
                reason=f"The user does not have the role {role.name} in the project: "
                "it cannot be passed on"
            )
    return found


def _rules(session: orm.Session, user_id: str, wanted: Mapping[str, Any]) -> list[AccessRule]:
    """Return the user's access rules that are asked for; new ones are made."""
    found = []
    for each in wanted.get("access_rules") or []:
        if "id" in each:
            found.append(_own(session, AccessRule, user_id, each["id"]))
            continue
        facts = {name: each[name] for name in ("service", "method", "path")}
        query = sa.select(AccessRule).filter_by(user_id=user_id, **facts).limit(1)
        known = session.scalars(query).one_or_none()
        found.append(known or AccessRule(id=new_id(), user_id=user_id, **facts))
    return list(dict.fromkeys(found))
