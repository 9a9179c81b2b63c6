"""Trunks over HTTP."""

import falcon

from common import http
from common.policy import Policy
from network.api.resources import Noun
from network.db.trunks import LISTING
from network.logic.trunks import Trunks
from network.policies import trunks as policies
from network.schemas import trunks as schemas
from network.views import trunks as views

TRUNKS = Noun(
    name="trunk",
    plural="trunks",
    listing=LISTING,
    view=views.trunk,
    rules=policies.TRUNKS,
    create=schemas.CREATE,
    update=schemas.UPDATE,
)


class SubPortsResource:
    """/v2.0/trunks/{id}/get_subports, add_subports and remove_subports"""

    def __init__(self, policy: Policy, trunks: Trunks) -> None:
        self._policy = policy
        self._trunks = trunks

    def on_get(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SUB_PORTS)
        resp.media = {"sub_ports": views.sub_ports(self._trunks.get(ctx, row_id))}

    def on_put_add(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.FILL)
        wanted = http.body(req, schemas.SUB_PORTS)["sub_ports"]
        resp.media = views.trunk(self._trunks.add(ctx, row_id, wanted), ctx)

    def on_put_remove(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.FILL)
        wanted = http.body(req, schemas.SUB_PORTS)["sub_ports"]
        resp.media = views.trunk(self._trunks.remove(ctx, row_id, wanted), ctx)
