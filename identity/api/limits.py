"""/v3/registered_limits, /v3/limits and /v3/limits/model"""

from typing import Any

import falcon

from common import http
from common.policy import Policy
from identity.api.base import Collection, listed
from identity.logic.limits import MODEL
from identity.policies import limits as policies


class LimitsResource(Collection):
    """Limits are made several at once; what is answered are all that were made."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx, kind = req.context.ctx, self._kind
        self._policy.authorize(ctx, kind.rules.create, {"domain_id": ""})
        wanted = http.body(req, kind.create)[kind.many]
        logic: Any = self._logic
        made = logic.create_all(ctx, wanted)
        resp.status = falcon.HTTP_201
        resp.media = listed(req, kind.many, made, kind.view)


class ModelResource:
    """/v3/limits/model"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.MODEL)
        resp.media = {"model": MODEL}

    on_head = on_get
