"""What every resource shows."""

from collections.abc import Mapping
from typing import Any

from common.clock import iso
from network.db.base import Resource, Tagged


def standard(row: Resource) -> dict[str, Any]:
    """Return what every resource shows."""
    return {
        "id": row.id,
        "project_id": row.project_id,
        "tenant_id": row.project_id,
        "description": row.description,
        "revision_number": row.revision_number,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def tags(row: Tagged) -> dict[str, Any]:
    """Return the tags as they are shown."""
    return {"tags": [tag.tag for tag in row.tags]}


def only(shown: Mapping[str, Any], fields: frozenset[str]) -> dict[str, Any]:
    """Return those attributes that were asked for, all when none was named."""
    return {name: value for name, value in shown.items() if not fields or name in fields}
