"""How a port looks."""

from typing import Any

from common.context import RequestContext
from network.db.models import Port
from network.db.trunk_models import Trunk
from network.views.base import standard, tags


def port(row: Port, ctx: RequestContext) -> dict[str, Any]:
    """Return one port; where it is bound is for administrators and services."""
    shown = {
        **standard(row),
        **tags(row),
        "name": row.name,
        "network_id": row.network_id,
        "mac_address": row.mac_address,
        "admin_state_up": row.admin_state_up,
        "status": row.status,
        "device_id": row.device_id,
        "device_owner": row.device_owner,
        "fixed_ips": [
            {"subnet_id": one.subnet_id, "ip_address": one.address} for one in row.allocations
        ],
        "security_groups": [group.security_group_id for group in row.groups],
        "port_security_enabled": row.port_security_enabled,
        "allowed_address_pairs": [
            {"mac_address": row.mac_address, **pair} for pair in row.allowed_address_pairs
        ],
        "extra_dhcp_opts": row.extra_dhcp_opts,
        "qos_policy_id": row.qos_policy_id,
        "qos_network_policy_id": row.network.qos_policy_id,
        "binding:vnic_type": row.vnic_type,
    }
    if row.trunk is not None:
        shown["trunk_details"] = _trunk(row.trunk)
    return {**shown, **_binding(row)} if ctx.is_admin else shown


def _trunk(row: Trunk) -> dict[str, Any]:
    """Return what a guest needs to know to use the ports inside its own."""
    return {
        "trunk_id": row.id,
        "sub_ports": [
            {
                "port_id": one.port_id,
                "segmentation_type": one.segmentation_type,
                "segmentation_id": one.segmentation_id,
                "mac_address": one.port.mac_address,
            }
            for one in row.sub_ports
        ],
    }


def _binding(row: Port) -> dict[str, Any]:
    details = {"port_filter": True, "connectivity": "l2", "bridge_name": "br-int"}
    return {
        "binding:host_id": row.host,
        "binding:profile": row.profile,
        "binding:vif_type": "ovs" if row.host else "unbound",
        "binding:vif_details": details if row.host else {},
    }
