"""Software configurations and deployments as the API shows them."""

from typing import Any

from common.clock import iso
from orchestration.db.models import SoftwareConfig, SoftwareDeployment


def config(row: SoftwareConfig, *, detail: bool = True) -> dict[str, Any]:
    """Return a configuration.  detail: False leaves out what may be long, as lists do."""
    found = {
        "id": row.id,
        "name": row.name,
        "group": row.group,
        "creation_time": iso(row.created_at),
        "project": row.project_id,
    }
    if detail:
        keys = ("config", "inputs", "outputs", "options")
        del found["project"]
        found |= {key: getattr(row, key) for key in keys}
    return found


def deployment(row: SoftwareDeployment) -> dict[str, Any]:
    """Return a deployment."""
    return {
        "id": row.id,
        "server_id": row.server_id,
        "config_id": row.config_id,
        "action": row.action,
        "status": row.status,
        "status_reason": row.status_reason,
        "input_values": row.input_values,
        "output_values": row.output_values,
        "creation_time": iso(row.created_at),
        "updated_time": iso(row.updated_at),
    }
