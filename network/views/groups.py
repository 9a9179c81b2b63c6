"""How security groups and their rules look."""

import ipaddress
from typing import Any

from common.context import RequestContext
from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.views.base import standard, tags


def security_group(row: SecurityGroup, ctx: RequestContext) -> dict[str, Any]:
    """Return one group with its rules."""
    return {
        **standard(row),
        **tags(row),
        "name": row.name,
        "stateful": row.stateful,
        "shared": row.shared_with(ctx.project_id),
        "security_group_rules": [rule(one, ctx) for one in row.rules],
    }


def rule(row: SecurityGroupRule, ctx: RequestContext) -> dict[str, Any]:
    """Return one rule."""
    prefix = row.remote_ip_prefix
    return {
        **standard(row),
        "security_group_id": row.security_group_id,
        "direction": row.direction,
        "ethertype": row.ethertype,
        "protocol": row.protocol,
        "port_range_min": row.port_range_min,
        "port_range_max": row.port_range_max,
        "remote_ip_prefix": prefix,
        "normalized_cidr": prefix and str(ipaddress.ip_network(prefix, strict=False)),
        "remote_group_id": row.remote_group_id,
        "remote_address_group_id": row.remote_address_group_id,
    }
