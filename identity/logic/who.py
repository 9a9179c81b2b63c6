"""Who somebody is: each authentication method, and what it proves."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import orm

from common import clock
from common.errors import Unauthorized
from common.tokens import Claims
from identity.db import rows
from identity.db.models import ApplicationCredential, Domain, User
from identity.errors import ActionForbidden, AuthenticationFailed, TokenGone
from identity.logic import delegation, passwords
from identity.logic.lockout import Door
from identity.logic.oauth import OAuth
from identity.logic.signatures import Signed
from identity.logic.work import Work


@dataclasses.dataclass(frozen=True, kw_only=True)
class Proof:
    """What was proven.

    methods: all that led here, those of the token that is rescoped included.
    claims: those of the token that is rescoped.  credential_id: the application credential.
    access_id: the OAuth1 access token.
    """

    user_id: str
    methods: tuple[str, ...]
    claims: Claims | None = None
    credential_id: str | None = None
    access_id: str | None = None


class Who:
    """Checks what a request for a token brings along.

    check: returns the claims of a living token.  rounds: bcrypt's work factor, for application
    credentials that do not exist.
    """

    def __init__(
        self, work: Work, check: Callable[[str], Claims], rounds: int, door: Door, oauth: OAuth
    ) -> None:
        self._work = work
        self._oauth = oauth
        self._check = check
        self._rounds = rounds
        self._door = door

    def prove(self, identity: dict[str, Any], signed: Signed | None = None) -> Proof:
        """Return whom all of the request's methods prove.

        identity: the `identity` of `POST /v3/auth/tokens`.  signed: the request itself.
        Raises AuthenticationFailed, without saying what was wrong, and TokenGone.
        """
        known: dict[str, Callable[[dict[str, Any]], Proof]] = {
            "password": self._password,
            "token": self._token,
            "application_credential": self._application_credential,
            "oauth1": lambda given: self._oauth1(signed),
        }
        proofs = []
        for method in dict.fromkeys(identity["methods"]):
            if method not in known or not isinstance(identity.get(method), dict):
                raise AuthenticationFailed()
            proofs.append(known[method](identity[method]))
        if len({proof.user_id for proof in proofs}) != 1:
            raise AuthenticationFailed()
        return Proof(
            user_id=proofs[0].user_id,
            methods=tuple(dict.fromkeys(m for proof in proofs for m in proof.methods)),
            claims=next((p.claims for p in proofs if p.claims), None),
            credential_id=next((p.credential_id for p in proofs if p.credential_id), None),
            access_id=next((p.access_id for p in proofs if p.access_id), None),
        )

    def _password(self, given: dict[str, Any]) -> Proof:
        wanted = given.get("user")
        if not isinstance(wanted, dict) or not isinstance(wanted.get("password"), str):
            raise AuthenticationFailed()
        with self._work.reading() as session:
            user = find_user(session, wanted)
        if not self._door.opens(user, wanted["password"]) or user is None:
            raise AuthenticationFailed()
        return Proof(user_id=user.id, methods=("password",))

    def _token(self, given: dict[str, Any]) -> Proof:
        try:
            claims = self._check(str(given.get("id")))
        except Unauthorized as error:
            raise TokenGone() from error
        kind = delegation.passed_on(claims)
        if kind:
            raise ActionForbidden(reason=f"rescope a {kind} token")
        methods = dict.fromkeys(["token", *claims.methods])
        return Proof(user_id=claims.user_id, methods=tuple(methods), claims=claims)

    def _oauth1(self, signed: Signed | None) -> Proof:
        if signed is None:
            raise AuthenticationFailed()
        access = self._oauth.prove(signed)
        return Proof(user_id=access.user_id, methods=("oauth1",), access_id=access.id)

    def _application_credential(self, given: dict[str, Any]) -> Proof:
        with self._work.reading() as session:
            found = self._find_credential(session, given)
        stored = found.secret_hash if found is not None else None
        right = passwords.matches(str(given.get("secret")), stored, self._rounds)
        if not right or found is None or expired(found.expires_at):
            raise AuthenticationFailed()
        return Proof(
            user_id=found.user_id, methods=("application_credential",), credential_id=found.id
        )

    def _find_credential(
        self, session: orm.Session, given: dict[str, Any]
    ) -> ApplicationCredential | None:
        if isinstance(given.get("id"), str):
            return session.get(ApplicationCredential, given["id"])
        user, name = given.get("user"), given.get("name")
        owner = find_user(session, user) if isinstance(user, dict) else None
        if owner is None or not isinstance(name, str):
            return None
        return rows.find(session, ApplicationCredential, user_id=owner.id, name=name)


def expired(moment: dt.datetime | None) -> bool:
    """Say whether a moment, if there is one, has passed."""
    return moment is not None and moment <= clock.utcnow()


def find_user(session: orm.Session, wanted: dict[str, Any]) -> User | None:
    """Return the user with an id, or with a name in a domain; None when there is none."""
    if isinstance(wanted.get("id"), str):
        return session.get(User, wanted["id"])
    domain = find_domain(session, wanted.get("domain"))
    if domain is None or not isinstance(wanted.get("name"), str):
        return None
    return rows.find(session, User, domain_id=domain.id, name=wanted["name"])


def find_domain(session: orm.Session, wanted: Any) -> Domain | None:
    """Return the domain with an id or a name; None when there is none."""
    if not isinstance(wanted, dict):
        return None
    if isinstance(wanted.get("id"), str):
        return session.get(Domain, wanted["id"])
    if isinstance(wanted.get("name"), str):
        return rows.find(session, Domain, name=wanted["name"])
    return None
