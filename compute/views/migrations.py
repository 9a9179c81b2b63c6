"""Migrations as the Compute API shows them."""

from typing import Any

from common.clock import iso_micro
from compute.db.models import Migration

Version = tuple[int, int]


def migration(version: Version, row: Migration) -> dict[str, Any]:
    """Return one migration."""
    found: dict[str, Any] = {
        "id": row.number,
        "instance_uuid": row.server_id,
        "status": row.status,
        "source_compute": row.source_host,
        "source_node": row.source_host,
        "dest_compute": row.dest_host,
        "dest_host": None,
        "dest_node": row.dest_host,
        "old_instance_type_id": _number(row.old_flavor.get("id")),
        "new_instance_type_id": _number(row.new_flavor.get("id")),
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
    }
    if version >= (2, 23):
        found["migration_type"] = row.kind
    if version >= (2, 59):
        found["uuid"] = row.id
    if version >= (2, 80):
        found |= {"user_id": row.user_id, "project_id": row.project_id}
    return found


def _number(flavor_id: object) -> int | None:
    """Return a flavor's id where it is a number; this API has no place for one that is a word."""
    text = str(flavor_id)
    return int(text) if text.isdigit() and len(text) < 10 else None


def _time(moment: Any) -> str | None:
    return (iso_micro(moment) or "").removesuffix("Z") or None
