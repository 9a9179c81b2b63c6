"""/os-tenant-networks"""

from collections.abc import Mapping
from typing import Any

import falcon

from common.policy import Policy
from compute.api.versions import until
from compute.logic.networks import Networks
from compute.policies import security_groups as policies

PASSED_ON_UNTIL = (2, 35)


class TenantNetworksResource:
    """/os-tenant-networks and /{network_id} below it"""

    def __init__(self, policy: Policy, networks: Networks) -> None:
        self._policy = policy
        self._networks = networks

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.NETWORKS)
        until(req, PASSED_ON_UNTIL)
        resp.media = {"networks": [_shown(one) for one in self._networks.list(req.context.ctx)]}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, network_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.NETWORKS)
        until(req, PASSED_ON_UNTIL)
        resp.media = {"network": _shown(self._networks.get(req.context.ctx, network_id))}


def _shown(network: Mapping[str, Any]) -> dict[str, Any]:
    """cidr: a network here has any number of subnets, and none of its own."""
    return {"id": network["id"], "label": network["name"], "cidr": None}
