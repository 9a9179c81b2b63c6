"""Snapshots and controllers as the API shows them."""

from typing import Any

from common.clock import iso
from orchestration.db.models import EngineRow, Snapshot


def snapshot(row: Snapshot) -> dict[str, Any]:
    """Return a snapshot."""
    return {
        "id": row.id,
        "name": row.name,
        "status": row.status,
        "status_reason": row.status_reason,
        "data": row.data,
        "creation_time": iso(row.created_at),
    }


def engine(row: EngineRow, *, lives: bool) -> dict[str, Any]:
    """Return a controller, by the name that clients know such a process by."""
    return {
        "id": row.id,
        "engine_id": row.id,
        "binary": "heat-engine",
        "topic": "engine",
        "host": row.host,
        "hostname": row.host,
        "status": "up" if lives else "down",
        "report_interval": int(row.interval_s),
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "deleted_at": None,
    }
