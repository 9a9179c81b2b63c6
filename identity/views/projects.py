"""Domains and projects."""

from typing import Any

from identity.db.models import Domain, Project
from identity.views.base import shown


def domain(row: Domain, url: str) -> dict[str, Any]:
    found = shown(row, ("id", "name", "description", "enabled", "options"), url)
    return {**found, "tags": []}


def project(row: Project | Domain, url: str) -> dict[str, Any]:
    """Return one project; a domain is one that is in no domain."""
    if isinstance(row, Domain):
        top = {"domain_id": None, "parent_id": None, "is_domain": True}
        return {**domain(row, url), **top}
    names = ("id", "name", "domain_id", "parent_id", "description", "enabled", "options")
    tags = [tag.name for tag in row.tags]
    return {**shown(row, names, url), "is_domain": False, "tags": tags}
