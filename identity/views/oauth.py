"""Consumers, and what users let them do."""

from typing import Any

from common import clock
from identity.db.extensions import AccessToken, Consumer
from identity.db.models import Role
from identity.views.base import shown


def consumer(row: Consumer, url: str) -> dict[str, Any]:
    """Return one consumer; never its secret."""
    return shown(row, ("id", "description"), url)


def access_token(row: AccessToken, url: str) -> dict[str, Any]:
    """Return one access token; never its secret."""
    here = f"{url}/{row.id}"
    return {
        "id": row.id,
        "consumer_id": row.consumer_id,
        "authorizing_user_id": row.user_id,
        "project_id": row.project_id,
        "expires_at": clock.iso_micro(row.expires_at),
        "links": {"self": here, "roles": f"{here}/roles"},
    }


def role(row: Role, url: str) -> dict[str, Any]:
    found = {"id": row.id, "name": row.name, "domain_id": row.domain_id or None}
    return {**found, "links": {"self": f"{url}/{row.id}"}}


def told(made: Any) -> str:
    """Return what a consumer is told of a new token.  made: an identity.logic.oauth.Made.

    As a form, but with the moment's colons as they are: clients compare it with what is shown.
    """
    text = f"oauth_token={made.id}&oauth_token_secret={made.secret}"
    moment = clock.iso_micro(made.expires_at)
    return f"{text}&oauth_expires_at={moment}" if moment else text
