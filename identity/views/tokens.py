"""A token's description and the catalog, as Identity v3 shows them."""

import datetime as dt
from typing import Any

from common import clock
from common.tokens import Claims
from identity.db.extensions import AccessToken
from identity.db.models import ApplicationCredential, Endpoint, Service, Trust

Services = list[tuple[Service, list[Endpoint]]]


def described(
    claims: Claims,
    role_ids: dict[str, str],
    *,
    trust: Trust | None,
    credential: ApplicationCredential | None,
    access: AccessToken | None,
    services: list[dict[str, Any]] | None,
) -> dict[str, Any]:
    """Return the body of `GET /v3/auth/tokens`.  services: the catalog, None to leave it out."""
    token: dict[str, Any] = {
        "methods": list(claims.methods),
        "user": {
            "id": claims.user_id,
            "name": claims.user_name,
            "domain": {"id": claims.user_domain_id, "name": claims.user_domain_name},
            "password_expires_at": None,
        },
        "audit_ids": list(claims.audit_ids),
        "expires_at": _moment(claims.expires_at),
        "issued_at": _moment(claims.issued_at),
        **_scope(claims),
    }
    if claims.roles:
        token["roles"] = [
            {"id": role_ids[name], "name": name} for name in claims.roles if name in role_ids
        ]
    if trust is not None:
        token["OS-TRUST:trust"] = {
            "id": trust.id,
            "impersonation": trust.impersonation,
            "trustor_user": {"id": trust.trustor_user_id},
            "trustee_user": {"id": trust.trustee_user_id},
        }
    if credential is not None:
        token["application_credential"] = {
            "id": credential.id,
            "name": credential.name,
            "restricted": not credential.unrestricted,
        }
    if access is not None:
        token["OS-OAUTH1"] = {"access_token_id": access.id, "consumer_id": access.consumer_id}
    if services is not None:
        token["catalog"] = services
    return {"token": token}


def _moment(seconds: float) -> str | None:
    return clock.iso_micro(dt.datetime.fromtimestamp(seconds, dt.UTC))


def _scope(claims: Claims) -> dict[str, Any]:
    if claims.project_id:
        domain = {"id": claims.project_domain_id, "name": claims.project_domain_name}
        project = {"id": claims.project_id, "name": claims.project_name, "domain": domain}
        return {"project": project, "is_domain": False}
    if claims.domain_id:
        return {"domain": {"id": claims.domain_id, "name": claims.domain_name}}
    if claims.system:
        return {"system": {"all": True}}
    return {}


def catalog(services: Services, claims: Claims) -> list[dict[str, Any]]:
    """Return the services and the endpoints that the token's scope can use."""
    facts = {"user_id": claims.user_id}
    if claims.project_id:
        facts |= {"project_id": claims.project_id, "tenant_id": claims.project_id}
    return [
        {
            "id": service.id,
            "type": service.type,
            "name": service.name,
            "endpoints": [
                shown for endpoint in endpoints if (shown := _endpoint(endpoint, facts)) is not None
            ],
        }
        for service, endpoints in services
    ]


def _endpoint(endpoint: Endpoint, facts: dict[str, str]) -> dict[str, Any] | None:
    """Return one endpoint, or None when its URL needs a project and there is none."""
    try:
        url = endpoint.url.replace("$(", "%(") % facts
    except (KeyError, ValueError, TypeError):
        return None
    return {
        "id": endpoint.id,
        "interface": endpoint.interface,
        "region_id": endpoint.region_id,
        "region": endpoint.region_id,
        "url": url,
    }
