"""How a port forwarding looks."""

from typing import Any

from common.context import RequestContext
from network.db.router_models import PortForwarding


def port_forwarding(row: PortForwarding, ctx: RequestContext) -> dict[str, Any]:
    """Return one forwarding."""
    return {
        "id": row.id,
        "protocol": row.protocol,
        "external_port": row.external_port,
        "internal_port": row.internal_port,
        "internal_port_id": row.internal_port_id,
        "internal_ip_address": row.internal_address,
        "description": row.description,
    }
