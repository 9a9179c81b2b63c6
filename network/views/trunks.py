"""How trunks look."""

from typing import Any

from common.context import RequestContext
from network.db.trunk_models import SubPort, Trunk
from network.views.base import standard, tags


def trunk(row: Trunk, ctx: RequestContext) -> dict[str, Any]:
    """Return one trunk; it is up when its parent port is."""
    return {
        **standard(row),
        **tags(row),
        "name": row.name,
        "port_id": row.port_id,
        "admin_state_up": row.admin_state_up,
        "status": "ACTIVE" if row.port.status == "ACTIVE" else "DOWN",
        "sub_ports": sub_ports(row),
    }


def sub_ports(row: Trunk) -> list[dict[str, Any]]:
    """Return the ports inside a trunk."""
    return [_sub_port(one) for one in row.sub_ports]


def _sub_port(row: SubPort) -> dict[str, Any]:
    return {
        "port_id": row.port_id,
        "segmentation_type": row.segmentation_type,
        "segmentation_id": row.segmentation_id,
    }
