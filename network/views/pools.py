"""How address scopes and subnet pools look."""

from typing import Any

from common.context import RequestContext
from network.db.pool_models import AddressScope, SubnetPool
from network.views.base import standard, tags


def address_scope(row: AddressScope, ctx: RequestContext) -> dict[str, Any]:
    """Return one address scope."""
    return {
        "id": row.id,
        "project_id": row.project_id,
        "tenant_id": row.project_id,
        "name": row.name,
        "ip_version": row.ip_version,
        "shared": row.shared_with(ctx.project_id),
    }


def subnet_pool(row: SubnetPool, ctx: RequestContext) -> dict[str, Any]:
    """Return one subnet pool; the lengths are text, as the published API has them."""
    return {
        **standard(row),
        **tags(row),
        "name": row.name,
        "ip_version": row.ip_version,
        "prefixes": row.prefixes,
        "min_prefixlen": str(row.min_prefixlen),
        "max_prefixlen": str(row.max_prefixlen),
        "default_prefixlen": str(row.default_prefixlen),
        "default_quota": row.default_quota,
        "address_scope_id": row.address_scope_id,
        "is_default": row.is_default,
        "shared": row.shared_with(ctx.project_id),
    }
