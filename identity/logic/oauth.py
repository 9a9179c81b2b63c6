"""OAuth1: a user lets a consumer act with some of the user's roles in one project.

The consumer asks (a request token), the user allows it and gets a verifier, and the consumer
exchanges both for an access token, with which it authenticates.  Source: Identity API v3,
OS-OAUTH1, and RFC 5849.
"""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import clock, db
from common.errors import BadRequest
from common.tokens import Claims
from identity.db import assignments, rows
from identity.db.extensions import AccessToken, Consumer, RequestToken
from identity.db.models import Project, Role, User
from identity.drivers.vault import Vault
from identity.errors import ActionForbidden, AuthenticationFailed, Missing
from identity.logic import delegation
from identity.logic.signatures import Signed
from identity.logic.work import Work

# How far a consumer's clock may be from ours: a signed request that was overheard is no use later.
SKEW_S = 300


@dataclasses.dataclass(frozen=True)
class Lifetimes:
    """Seconds that a request token waits for a user, and that an access token is good for.

    access_s: 0 for ever.
    """

    request_s: int = 28800
    access_s: int = 86400


@dataclasses.dataclass(frozen=True)
class Made:
    """A new token: what the consumer is told, once."""

    id: str
    secret: str
    expires_at: dt.datetime | None


class OAuth:
    """What consumers ask for and what users allow them."""

    def __init__(self, work: Work, vault: Vault, lifetimes: Lifetimes) -> None:
        self._work = work
        self._vault = vault
        self._lifetimes = lifetimes

    def ask(self, signed: Signed, project_id: str | None) -> Made:
        """Make a request token.  Raises AuthenticationFailed, BadRequest, Missing."""
        if not project_id:
            raise BadRequest(reason="The header Requested-Project-Id names no project")
        secret = secrets.token_hex(32)
        with self._work.change() as change:
            consumer = self._consumer(change.session, signed)
            rows.get(change.session, Project, project_id)
            row = RequestToken(
                secret=self._vault.seal(secret),
                consumer_id=consumer.id,
                project_id=project_id,
                expires_at=_later(self._lifetimes.request_s),
            )
            rows.add(change.session, row)
        return Made(row.id, secret, row.expires_at)

    def allow(self, claims: Claims, request_id: str, wanted: Sequence[Mapping[str, str]]) -> str:
        """Let a consumer act with these roles; return the verifier that it needs.

        Raises Missing, and ActionForbidden when the user does not have the roles, has a token
        that was itself passed on, or somebody allowed it before.
        """
        if delegation.passed_on(claims):
            raise ActionForbidden(
                reason="authorize a request token with a token that was passed on"
            )
        verifier = secrets.token_hex(8)
        with self._work.change() as change:
            session = change.session
            request = _live(rows.get(session, RequestToken, request_id))
            roles = delegation.roles(session, wanted)
            held = assignments.effective(session, claims.user_id, "project", request.project_id)
            if not {role.id for role in roles} <= {role.id for role in held}:
                raise ActionForbidden(reason="authorizing user does not have role required")
            free = sa.update(RequestToken).where(
                RequestToken.id == request_id, RequestToken.verifier.is_(None)
            )
            values = {
                "user_id": claims.user_id,
                "verifier": verifier,
                "role_ids": {"ids": sorted(role.id for role in roles)},
            }
            if not db.matched(session, free.values(**values)):
                raise ActionForbidden(reason="the request token was authorized before")
        return verifier

    def exchange(self, signed: Signed) -> Made:
        """Make an access token of a request token that was allowed, which is used up.

        Raises AuthenticationFailed.
        """
        fields, secret = signed.fields, secrets.token_hex(32)
        with self._work.change() as change:
            session = change.session
            request = session.get(RequestToken, fields.get("oauth_token", ""))
            self._consumer(session, signed, request)
            if request is None or request.expires_at <= clock.utcnow():
                raise AuthenticationFailed()
            given = fields.get("oauth_verifier", "")
            if not request.verifier or not secrets.compare_digest(given, request.verifier):
                raise AuthenticationFailed()
            lifetime = self._lifetimes.access_s
            row = AccessToken(
                secret=self._vault.seal(secret),
                consumer_id=request.consumer_id,
                project_id=request.project_id,
                user_id=str(request.user_id),
                role_ids=request.role_ids,
                expires_at=_later(lifetime) if lifetime else None,
            )
            session.delete(request)
            rows.add(session, row)
        return Made(row.id, secret, row.expires_at)

    def prove(self, signed: Signed) -> AccessToken:
        """Return the access token that a request is signed with.  Raises AuthenticationFailed."""
        with self._work.reading() as session:
            access = session.get(AccessToken, signed.fields.get("oauth_token", ""))
            self._consumer(session, signed, access)
        if access is None or _over(access.expires_at):
            raise AuthenticationFailed()
        return access

    def list(self, user_id: str) -> Sequence[AccessToken]:
        """Return what a user allowed.  Raises Missing."""
        with self._work.reading() as session:
            rows.get(session, User, user_id)
            query = sa.select(AccessToken).where(AccessToken.user_id == user_id)
            return session.scalars(query.order_by(AccessToken.id)).all()

    def get(self, user_id: str, access_id: str) -> AccessToken:
        """Return one.  Raises Missing."""
        with self._work.reading() as session:
            return _own(session, user_id, access_id)

    def roles(self, user_id: str, access_id: str) -> Sequence[Role]:
        """Return the roles that an access token carries.  Raises Missing."""
        with self._work.reading() as session:
            ids = _own(session, user_id, access_id).role_ids.get("ids", [])
            query = sa.select(Role).where(Role.id.in_(ids)).order_by(Role.name)
            return session.scalars(query).all()

    def role(self, user_id: str, access_id: str, role_id: str) -> Role:
        """Return one of the roles that an access token carries.  Raises Missing."""
        for role in self.roles(user_id, access_id):
            if role.id == role_id:
                return role
        raise Missing(kind="role", id=role_id)

    def delete(self, user_id: str, access_id: str) -> None:
        """Let a consumer act no longer: its tokens end.  Raises Missing."""
        with self._work.change() as change:
            change.session.delete(_own(change.session, user_id, access_id))
            change.end(audit_chain_id=access_id)

    def _consumer(
        self, session: orm.Session, signed: Signed, token: RequestToken | AccessToken | None = None
    ) -> Consumer:
        """Return the consumer that signed, with the token's secret if there is a token.

        Raises AuthenticationFailed, whatever was wrong.
        """
        fields = signed.fields
        consumer = session.get(Consumer, fields.get("oauth_consumer_key", ""))
        if consumer is None or not _recent(fields.get("oauth_timestamp", "")):
            raise AuthenticationFailed()
        if token is not None and token.consumer_id != consumer.id:
            raise AuthenticationFailed()
        token_secret = self._vault.open(token.secret) if token is not None else ""
        if not signed.holds(self._vault.open(consumer.secret), token_secret):
            raise AuthenticationFailed()
        return consumer


def _recent(timestamp: str) -> bool:
    now = clock.utcnow().replace(tzinfo=dt.UTC).timestamp()
    return timestamp.isdecimal() and abs(now - int(timestamp[:12])) <= SKEW_S


def _later(seconds: int) -> dt.datetime:
    return clock.utcnow() + dt.timedelta(seconds=seconds)


def _over(moment: dt.datetime | None) -> bool:
    return moment is not None and moment <= clock.utcnow()


def _live(request: RequestToken) -> RequestToken:
    if _over(request.expires_at):
        raise Missing(kind="request token", id=request.id)
    return request


def _own(session: orm.Session, user_id: str, access_id: str) -> AccessToken:
    row = session.get(AccessToken, access_id)
    if row is None or row.user_id != user_id:
        raise Missing(kind="access token", id=access_id)
    return row


def roles_left(session: orm.Session, access: AccessToken) -> set[str]:
    """Return the ids of those of an access token's roles that its user still has."""
    held: Any = assignments.effective(session, access.user_id, "project", access.project_id)
    return {role.id for role in held} & set(access.role_ids.get("ids", ()))
