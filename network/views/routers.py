"""How routers and their legs look."""

from typing import Any

from common.context import RequestContext
from network.db.router_models import Router
from network.views.base import standard, tags


def router(row: Router, ctx: RequestContext) -> dict[str, Any]:
    """Return one router; where it translates is for administrators."""
    own = {"distributed": row.distributed} if ctx.is_admin else {}
    return {
        **own,
        **standard(row),
        **tags(row),
        "name": row.name,
        "admin_state_up": row.admin_state_up,
        "status": "ACTIVE",
        "external_gateway_info": _gateway(row),
        "routes": row.routes,
        "availability_zone_hints": [],
        "availability_zones": [],
        "flavor_id": None,
    }


def _gateway(row: Router) -> dict[str, Any] | None:
    port = row.gateway_port
    if port is None:
        return None
    return {
        "network_id": port.network_id,
        "enable_snat": row.enable_snat,
        "qos_policy_id": row.gateway_qos_policy_id,
        "external_fixed_ips": [
            {"subnet_id": one.subnet_id, "ip_address": one.address} for one in port.allocations
        ],
    }


def interface(
    row: Router, port_id: str, network_id: str, subnet_ids: tuple[str, ...]
) -> dict[str, Any]:
    """Return what adding or removing a leg answers."""
    return {
        "id": row.id,
        "project_id": row.project_id,
        "tenant_id": row.project_id,
        "port_id": port_id,
        "network_id": network_id,
        "subnet_id": subnet_ids[0] if subnet_ids else None,
        "subnet_ids": list(subnet_ids),
        **tags(row),
    }
