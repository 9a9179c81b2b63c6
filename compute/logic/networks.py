"""Networks for clients from before the network service: what the caller sees there."""

import builtins
from typing import Any

from common import errors as roots
from common.context import RequestContext
from compute.clients import NetworkService


class Networks:
    """The networks a project can use."""

    def __init__(self, network: NetworkService) -> None:
        self._network = network

    def list(self, ctx: RequestContext) -> builtins.list[dict[str, Any]]:
        """Return the caller's networks, shared and external ones included."""
        return self._network.networks(ctx)

    def get(self, ctx: RequestContext, network_id: str) -> dict[str, Any]:
        """Return one network.  Raises NotFound."""
        found = self._network.networks(ctx, [network_id])
        if not found:
            raise roots.NotFound()
        return found[0]
