"""How a network looks."""

from typing import Any

from common.context import RequestContext
from network.db.models import Network
from network.views.base import standard, tags


def network(row: Network, ctx: RequestContext) -> dict[str, Any]:
    """Return one network; where it leaves the cloud is for administrators."""
    shown = {
        **standard(row),
        **tags(row),
        "name": row.name,
        "admin_state_up": row.admin_state_up,
        "status": "ACTIVE",
        "subnets": [subnet.id for subnet in row.subnets],
        "shared": row.shared,
        "router:external": row.external,
        "is_default": row.is_default,
        "mtu": row.mtu,
        "port_security_enabled": row.port_security_enabled,
        "availability_zone_hints": [],
        "availability_zones": [],
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
    }
    if ctx.is_admin:
        shown["provider:network_type"] = row.network_type
        shown["provider:physical_network"] = row.physical_network
        shown["provider:segmentation_id"] = row.segmentation_id
    return shown
