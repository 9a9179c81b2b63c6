"""/v3/regions/{region_id}"""

import falcon

from common import http
from common.errors import BadRequest
from identity.api.base import Item


class RegionResource(Item):
    """One region; unlike other things it may also be made under an id of the caller's choice."""

    def on_put(self, req: falcon.Request, resp: falcon.Response, region_id: str) -> None:
        ctx, kind = req.context.ctx, self._kind
        self._policy.authorize(ctx, kind.rules.create, {"domain_id": ""})
        wanted = http.body(req, kind.create)[kind.one]
        if wanted.get("id", region_id) != region_id:
            raise BadRequest(reason=f"the region's id is {region_id} in the URL and another here")
        row = self._logic.create(ctx, {**wanted, "id": region_id})
        resp.status = falcon.HTTP_201
        self._show(req, resp, row)
