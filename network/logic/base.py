"""What all logic of the network service stands on."""

from collections.abc import Iterable, Mapping
from typing import Any

from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from network import errors
from network.db.quotas import Quotas
from network.rpc.contract import Change, Sync


class Logic:
    """The database, the quotas, and the way to tell the controller what changed."""

    def __init__(self, database: Database, bus: Bus, quotas: Quotas) -> None:
        self._database = database
        self._bus = bus
        self._quotas = quotas

    def _tell(self, ctx: RequestContext, *changes: Change) -> None:
        """Have the controller look at what changed, each thing once, after the commit."""
        once = list(dict.fromkeys(changes))
        if once:
            self._bus.cast(ctx, Sync(changes=once))


def owner(ctx: RequestContext, wanted: Mapping[str, Any]) -> str:
    """Return the project that a new resource is for.

    Raises AdminOnly when that is not the caller's own and the caller no administrator.
    """
    asked = wanted.get("project_id") or wanted.get("tenant_id")
    if asked and asked != ctx.project_id and not ctx.is_admin:
        raise errors.AdminOnly(attribute="project_id")
    return str(asked or ctx.project_id or "")


def named(wanted: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return those of the names that were given."""
    return {name: wanted[name] for name in names if name in wanted}
