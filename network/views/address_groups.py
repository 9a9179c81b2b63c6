"""How an address group looks."""

from typing import Any

from common.context import RequestContext
from network.db.address_group_models import AddressGroup
from network.views.base import standard


def address_group(row: AddressGroup, ctx: RequestContext) -> dict[str, Any]:
    """Return one address group."""
    return {
        **standard(row),
        "name": row.name,
        "addresses": row.addresses,
        "shared": row.shared_with(ctx.project_id),
    }
