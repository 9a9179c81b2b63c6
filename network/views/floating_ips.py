"""How a floating address looks."""

from typing import Any

from common.context import RequestContext
from network.db.models import Port
from network.db.router_models import FloatingIp, PortForwarding
from network.views.base import standard, tags


def floating_ip(row: FloatingIp, ctx: RequestContext) -> dict[str, Any]:
    """Return one floating address."""
    return {
        **standard(row),
        **tags(row),
        "floating_ip_address": row.address,
        "floating_network_id": row.network_id,
        "fixed_ip_address": row.fixed_address,
        "port_id": row.port_id,
        "router_id": row.router_id,
        "status": row.status,
        "qos_policy_id": row.qos_policy_id,
        "port_forwardings": [_forwarding(one) for one in row.forwardings],
        "port_details": _port(row.port),
    }


def _forwarding(row: PortForwarding) -> dict[str, Any]:
    return {
        "id": row.id,
        "protocol": row.protocol,
        "external_port": row.external_port,
        "internal_port": row.internal_port,
        "internal_port_id": row.internal_port_id,
        "internal_ip_address": row.internal_address,
    }


def _port(port: Port | None) -> dict[str, Any] | None:
    if port is None:
        return None
    return {
        "name": port.name,
        "network_id": port.network_id,
        "mac_address": port.mac_address,
        "admin_state_up": port.admin_state_up,
        "status": port.status,
        "device_id": port.device_id,
        "device_owner": port.device_owner,
    }
