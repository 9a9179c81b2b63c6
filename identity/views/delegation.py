"""Trusts, application credentials, access rules and credentials."""

from typing import Any

from common import clock
from identity.db.models import AccessRule, ApplicationCredential, Credential, Role, Trust
from identity.views.base import shown


def trust(row: Trust, url: str) -> dict[str, Any]:
    """Return one trust.  url: `http://host:5000/v3/OS-TRUST/trusts`."""
    names = (
        "id",
        "trustor_user_id",
        "trustee_user_id",
        "project_id",
        "impersonation",
        "remaining_uses",
        "redelegation_count",
        "redelegated_trust_id",
    )
    found = shown(row, names, url)
    root = url.removesuffix("/OS-TRUST/trusts")
    return {
        **found,
        "expires_at": clock.iso_micro(row.expires_at),
        "deleted_at": None,
        "roles": [role(each, f"{root}/roles") for each in row.roles],
        "roles_links": {"self": f"{url}/{row.id}/roles", "next": None, "previous": None},
    }


def role(row: Role, url: str) -> dict[str, Any]:
    """Return a role as trusts show it."""
    return {"id": row.id, "name": row.name, "links": {"self": f"{url}/{row.id}"}}


def application_credential(row: ApplicationCredential, url: str) -> dict[str, Any]:
    """Return one application credential; never its secret."""
    names = ("id", "name", "description", "project_id", "user_id", "unrestricted")
    found = {
        **shown(row, names, url),
        # Unlike every other time of this API it has no Z at its end, and clients compare it.
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
        "roles": [
            {"id": each.id, "name": each.name, "domain_id": each.domain_id or None}
            for each in row.roles
        ],
    }
    if row.access_rules:
        found["access_rules"] = [_rule(each) for each in row.access_rules]
    return found


def _rule(row: AccessRule) -> dict[str, Any]:
    return {"id": row.id, "service": row.service, "method": row.method, "path": row.path}


def access_rule(row: AccessRule, url: str) -> dict[str, Any]:
    return {**_rule(row), "links": {"self": f"{url}/{row.id}"}}


def credential(row: Credential, url: str) -> dict[str, Any]:
    return shown(row, ("id", "user_id", "project_id", "type", "blob"), url)


def ec2_key(key: Any, url: str) -> dict[str, Any]:
    """Return one EC2 key.  key: an identity.logic.ec2.Key."""
    return {
        "user_id": key.user_id,
        "tenant_id": key.project_id,
        "access": key.access,
        "secret": key.secret,
        "trust_id": None,
        "links": {"self": f"{url}/{key.access}"},
    }
