"""Registered limits and limits."""

from typing import Any

from identity.db.extensions import Limit, RegisteredLimit


def registered(row: RegisteredLimit, url: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "service_id": row.service_id,
        "region_id": row.region_id or None,
        "resource_name": row.resource_name,
        "default_limit": row.default_limit,
        "description": row.description,
        "links": {"self": f"{url}/{row.id}"},
    }


def limit(row: Limit, url: str) -> dict[str, Any]:
    """Return one limit, with what it is a limit of."""
    of = row.registered
    return {
        "id": row.id,
        "project_id": row.project_id or None,
        "domain_id": row.domain_id or None,
        "service_id": of.service_id,
        "region_id": of.region_id or None,
        "resource_name": of.resource_name,
        "resource_limit": row.resource_limit,
        "description": row.description,
        "links": {"self": f"{url}/{row.id}"},
    }
