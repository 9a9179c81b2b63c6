"""How a grant looks."""

from typing import Any

from common.context import RequestContext
from network.db.rbac_models import Grant


def rbac_policy(row: Grant, ctx: RequestContext) -> dict[str, Any]:
    """Return one grant."""
    return {
        "id": row.id,
        "project_id": row.project_id,
        "tenant_id": row.project_id,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "action": row.action,
        "target_tenant": row.target,
    }
