"""Users and groups."""

from typing import Any

from identity.db.models import Group, User
from identity.views.base import shown


def user(row: User, url: str) -> dict[str, Any]:
    """Return one user; what is not set is left out where clients expect that."""
    found = shown(row, ("id", "name", "domain_id", "enabled", "options"), url)
    found["password_expires_at"] = None
    for name in ("description", "default_project_id"):
        if getattr(row, name) is not None:
            found[name] = getattr(row, name)
    return found


def group(row: Group, url: str) -> dict[str, Any]:
    return shown(row, ("id", "name", "domain_id", "description"), url)
