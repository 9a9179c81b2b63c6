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
        "shared": row.shared or row.shared_with(ctx.project_id),
        "router:external": row.external,
        "is_default": row.is_default,
        "mtu": row.mtu,
        "port_security_enabled": row.port_security_enabled,
        "qos_policy_id": row.qos_policy_id,
        "availability_zone_hints": [],
        "availability_zones": [],
        "ipv4_address_scope": _scope(row, 4),
        "ipv6_address_scope": _scope(row, 6),
    }
    if ctx.is_admin:
        shown["provider:network_type"] = row.network_type
        shown["provider:physical_network"] = row.physical_network
        shown["provider:segmentation_id"] = row.segmentation_id
    return shown


def _scope(row: Network, ip_version: int) -> str | None:
    """Return the scope of the pool that the network's subnets of a family were cut from."""
    found = [one.pool for one in row.subnets if one.pool and one.ip_version == ip_version]
    return found[0].address_scope_id if found else None
