"""Roles and assignments."""

from typing import Any

from identity.db.models import Role
from identity.views.base import shown


def role(row: Role, url: str) -> dict[str, Any]:
    found = shown(row, ("id", "name", "description", "options"), url)
    return {**found, "domain_id": row.domain_id or None}
