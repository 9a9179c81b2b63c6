"""How a subnet looks."""

from typing import Any

from common.context import RequestContext
from network.db.models import Subnet
from network.views.base import standard, tags


def subnet(row: Subnet, ctx: RequestContext) -> dict[str, Any]:
    """Return one subnet."""
    return {
        **standard(row),
        **tags(row),
        "name": row.name,
        "network_id": row.network_id,
        "ip_version": row.ip_version,
        "cidr": row.cidr,
        "gateway_ip": row.gateway_ip,
        "enable_dhcp": row.enable_dhcp,
        "allocation_pools": row.allocation_pools,
        "dns_nameservers": row.dns_nameservers,
        "host_routes": row.host_routes,
        "ipv6_ra_mode": row.ipv6_ra_mode,
        "ipv6_address_mode": row.ipv6_address_mode,
        "subnetpool_id": row.subnetpool_id,
        "service_types": row.service_types,
    }
