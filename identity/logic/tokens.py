"""Tokens: issued, described, ended."""

import datetime as dt
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import tokens
from common.errors import Unauthorized
from common.tokens import Claims
from identity.db import catalog, rows
from identity.db.extensions import AccessToken
from identity.db.models import ApplicationCredential, Domain, Role, Trust
from identity.drivers.keyring import KeyRing
from identity.errors import Missing
from identity.logic import where
from identity.logic.guard import Guard
from identity.logic.signatures import Signed
from identity.logic.where import Scope
from identity.logic.who import Proof, Who
from identity.logic.work import Work
from identity.views import tokens as views


class Tokens:
    """All that can be done with tokens."""

    def __init__(self, work: Work, ring: KeyRing, guard: Guard, who: Who) -> None:
        self._work = work
        self._ring = ring
        self._guard = guard
        self._who = who

    def issue(
        self,
        identity: dict[str, Any],
        scope: Any,
        *,
        signed: Signed | None = None,
        with_catalog: bool = True,
    ) -> tuple[str, dict[str, Any]]:
        """Return a new token and its description.

        identity, scope: those of `POST /v3/auth/tokens`.  signed: the request itself.
        Raises AuthenticationFailed, ActionForbidden.
        """
        proof = self._who.prove(identity, signed)
        # Taken before anything is read: whatever ends tokens from here on ends this one too.
        now = self._work.clock()
        with self._work.reading() as session:
            found = where.find(session, proof, scope)
            claims = self._claims(session, proof, found, now)
            described = self._describe(session, claims, with_catalog)
        if found.trust_id:
            with self._work.change() as change:
                where.use_trust(change.session, found.trust_id)
        key_id, key = self._ring.signing()
        return tokens.sign(claims, key, key_id), described

    def subject(self, token: str) -> Claims:
        """Return what a living token says.  Raises Missing when it is none."""
        try:
            return self._guard.check(token)
        except Unauthorized as error:
            raise Missing(kind="token", id="it is unknown or has ended") from error

    def describe(self, claims: Claims, *, with_catalog: bool = True) -> dict[str, Any]:
        """Return a token's description: what its creation answered."""
        with self._work.reading() as session:
            return self._describe(session, claims, with_catalog)

    def end(self, claims: Claims) -> None:
        """End a token."""
        with self._work.change() as change:
            change.end(audit_id=claims.audit_ids[0])

    def catalog(self, token: str) -> list[dict[str, Any]]:
        """Return the catalog as the token's scope sees it.  Raises TokenInvalid."""
        claims = self._guard.check(token)
        with self._work.reading() as session:
            return _catalog(session, claims)

    def _claims(self, session: orm.Session, proof: Proof, scope: Scope, now: float) -> Claims:
        audit_id = secrets.token_urlsafe(16)
        issued = round(now, 6)
        expires = issued + self._work.lifetime_s
        chain: tuple[str, ...] = (audit_id,)
        if proof.claims is not None:
            expires = proof.claims.expires_at
            chain = (audit_id, proof.claims.audit_ids[-1])
        if proof.access_id is not None:
            chain = (audit_id, proof.access_id)
        expires = min([expires, *_limits(session, proof, scope)])
        user, project, domain = scope.user, scope.project, scope.domain
        user_domain = rows.get(session, Domain, user.domain_id)
        project_domain = rows.get(session, Domain, project.domain_id) if project else None
        return Claims(
            user_id=user.id,
            user_name=user.name,
            user_domain_id=user_domain.id,
            user_domain_name=user_domain.name,
            issued_at=issued,
            expires_at=expires,
            audit_ids=chain,
            methods=proof.methods,
            roles=scope.roles,
            project_id=project.id if project else None,
            project_name=project.name if project else None,
            project_domain_id=project_domain.id if project_domain else None,
            project_domain_name=project_domain.name if project_domain else None,
            domain_id=domain.id if domain else None,
            domain_name=domain.name if domain else None,
            system=scope.system,
            trust_id=scope.trust_id,
            application_credential_id=proof.credential_id,
            access_rules=scope.access_rules,
        )

    def _describe(self, session: orm.Session, claims: Claims, with_catalog: bool) -> dict[str, Any]:
        query = sa.select(Role).where(Role.name.in_(claims.roles), Role.domain_id == "")
        found = session.scalars(query)
        ids = {role.name: role.id for role in found}
        trust = session.get(Trust, claims.trust_id) if claims.trust_id else None
        credential = None
        if claims.application_credential_id:
            credential = session.get(ApplicationCredential, claims.application_credential_id)
        access = None
        if "oauth1" in claims.methods:
            access = session.get(AccessToken, claims.audit_ids[-1])
        services = _catalog(session, claims) if with_catalog and _scoped(claims) else None
        return views.described(
            claims, ids, trust=trust, credential=credential, access=access, services=services
        )


def _limits(session: orm.Session, proof: Proof, scope: Scope) -> list[float]:
    """Return the moments at which what the token stands on ends."""
    ends = []
    if scope.trust_id:
        ends.append(rows.get(session, Trust, scope.trust_id).expires_at)
    if proof.credential_id:
        ends.append(rows.get(session, ApplicationCredential, proof.credential_id).expires_at)
    if proof.access_id:
        ends.append(rows.get(session, AccessToken, proof.access_id).expires_at)
    return [moment.replace(tzinfo=dt.UTC).timestamp() for moment in ends if moment is not None]


def _scoped(claims: Claims) -> bool:
    return bool(claims.project_id or claims.domain_id or claims.system)


def _catalog(session: orm.Session, claims: Claims) -> list[dict[str, Any]]:
    return views.catalog(catalog.living(session, claims.project_id), claims)
