"""Address scopes and subnet pools over HTTP."""

from collections.abc import Mapping
from typing import Any

import falcon

from common import http
from common.context import RequestContext
from common.policy import Policy
from network.api.resources import Noun
from network.db import pools as queries
from network.logic.subnet_pools import SubnetPools
from network.policies import pools as policies
from network.schemas import pools as schemas
from network.views import pools as views


def _share(policy: Policy, ctx: RequestContext, wanted: Mapping[str, Any]) -> None:
    if "shared" in wanted or wanted.get("is_default"):
        policy.authorize(ctx, policies.SHARE)


ADDRESS_SCOPES = Noun(
    name="address_scope",
    plural="address_scopes",
    listing=queries.SCOPES,
    view=views.address_scope,
    rules=policies.SCOPES,
    create=schemas.CREATE_SCOPE,
    update=schemas.UPDATE_SCOPE,
    further=_share,
)
SUBNET_POOLS = Noun(
    name="subnetpool",
    plural="subnetpools",
    listing=queries.POOLS,
    view=views.subnet_pool,
    rules=policies.POOLS,
    create=schemas.CREATE_POOL,
    update=schemas.UPDATE_POOL,
    further=_share,
)


class PrefixesResource:
    """/v2.0/subnetpools/{id}/add_prefixes and remove_prefixes"""

    def __init__(self, policy: Policy, pools: SubnetPools) -> None:
        self._policy = policy
        self._pools = pools

    def on_put_add(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.PREFIXES)
        given = http.body(req, schemas.PREFIXES)["prefixes"]
        resp.media = {"prefixes": self._pools.add_prefixes(ctx, row_id, given)}

    def on_put_remove(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.PREFIXES)
        given = http.body(req, schemas.PREFIXES)["prefixes"]
        resp.media = {"prefixes": self._pools.remove_prefixes(ctx, row_id, given)}
