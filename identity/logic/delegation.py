"""What trusts and application credentials share: roles passed on, and until when."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import clock
from common.errors import BadRequest
from common.tokens import Claims
from identity.db import rows
from identity.db.models import ApplicationCredential, Role
from identity.errors import ActionForbidden, Missing


def moment(given: str | None) -> dt.datetime | None:
    """Return the UTC time that an ISO 8601 text means.

    Raises BadRequest when it is none, or has passed.
    """
    if given is None:
        return None
    try:
        found = dt.datetime.fromisoformat(given)
        if found.tzinfo is not None:
            found = found.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise BadRequest(reason=f"expires_at: {given!r} is no time in ISO 8601 form") from error
    if found <= clock.utcnow():
        raise BadRequest(reason=f"expires_at: {given} has passed")
    return found


def roles(session: orm.Session, wanted: Iterable[Mapping[str, str]]) -> Sequence[Role]:
    """Return the roles that are named by id or by name.  Raises Missing."""
    found = {}
    for each in wanted:
        if "id" in each:
            role = rows.get(session, Role, each["id"])
        else:
            role = rows.find(session, Role, name=each["name"], domain_id="")  # type: ignore[assignment]
            if role is None:
                raise Missing(kind="role", id=each["name"])
        found[role.id] = role
    return list(found.values())


def roles_of(session: orm.Session, claims: Claims) -> Sequence[Role]:
    """Return the roles that a token carries."""
    query = sa.select(Role).where(Role.domain_id == "", Role.name.in_(claims.roles))
    return session.scalars(query.order_by(Role.name)).all()


def unrestricted(session: orm.Session, claims: Claims) -> None:
    """Return when the token may make or remove trusts and application credentials.

    Raises ActionForbidden for one of a restricted application credential, or of OAuth1: whoever
    stole its secret could give themselves another.
    """
    if "oauth1" in claims.methods:
        raise ActionForbidden(reason="An OAuth1 token cannot pass on what it was given")
    credential_id: Any = claims.application_credential_id
    if credential_id and not rows.get(session, ApplicationCredential, credential_id).unrestricted:
        raise ActionForbidden(
            reason="Using method 'application_credential' is not allowed for managing "
            "additional application credentials or trusts"
        )


def passed_on(claims: Claims) -> str:
    """Return which kind of delegation a token is of, such as `trust-scoped`; empty for none."""
    if claims.trust_id:
        return "trust-scoped"
    if claims.application_credential_id:
        return "application credential"
    return "OAuth1" if "oauth1" in claims.methods else ""
