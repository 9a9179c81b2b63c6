"""/os-floating-ips and /os-floating-ip-pools: for clients from before the network service."""

from collections.abc import Mapping
from typing import Any

import falcon

from common import http
from common.policy import Policy
from compute.api.versions import until
from compute.logic.floating_ips import FloatingIps
from compute.policies import floating_ips as policies
from compute.schemas import floating_ips as schemas

PASSED_ON_UNTIL = (2, 35)


class FloatingIpsResource:
    """/os-floating-ips, /{floating_id} below it, and /os-floating-ip-pools"""

    def __init__(self, policy: Policy, floating_ips: FloatingIps) -> None:
        self._policy = policy
        self._floating_ips = floating_ips

    def on_get_pools(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        found = self._floating_ips.pools(req.context.ctx)
        resp.media = {"floating_ip_pools": [{"name": name} for name in found]}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        found = self._floating_ips.list(req.context.ctx)
        resp.media = {"floating_ips": [_shown(one) for one in found]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        wanted = http.body(req, schemas.CREATE) if req.content_length else None
        made = self._floating_ips.create(req.context.ctx, (wanted or {}).get("pool"))
        resp.media = {"floating_ip": _shown(made)}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, floating_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        until(req, PASSED_ON_UNTIL)
        found = self._floating_ips.get(req.context.ctx, floating_id)
        resp.media = {"floating_ip": _shown(found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, floating_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.EDIT)
        until(req, PASSED_ON_UNTIL)
        self._floating_ips.delete(req.context.ctx, floating_id)
        resp.status = falcon.HTTP_202


def _shown(floating: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": floating["id"],
        "ip": floating["floating_ip_address"],
        "fixed_ip": floating.get("fixed_ip_address"),
        "instance_id": floating["server_id"],
        "pool": floating["pool"],
    }
