"""Stores: which there are, and what a project holds in them."""

from typing import Any

import falcon

from common.policy import Policy
from image.logic.copying import Copying
from image.logic.images import Images
from image.policies import images as policies


class StoresResource:
    """/v2/info/stores, /v2/info/usage and /v2/stores/{store_id}/{image_id}"""

    def __init__(self, policy: Policy, copying: Copying, images: Images) -> None:
        self._policy = policy
        self._copying = copying
        self._images = images

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        resp.media = {"stores": self._listed()}

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.STORES_DETAIL)
        stores = self._copying.stores
        resp.media = {
            "stores": [
                {**one, "type": "file", "weight": 0, "properties": {"free": stores.free(one["id"])}}
                for one in self._listed()
            ]
        }

    def on_get_usage(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.USAGE)
        resp.media = {"usage": self._images.usage(ctx)}

    def on_delete_copy(
        self, req: falcon.Request, resp: falcon.Response, store_id: str, image_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE_COPY)
        self._copying.delete(ctx, image_id, store_id)
        resp.status = falcon.HTTP_204

    def _listed(self) -> list[dict[str, Any]]:
        stores = self._copying.stores
        return [
            {"id": name, **({"default": "true"} if name == stores.default else {})}
            for name in stores.ids
        ]
