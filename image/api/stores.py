"""Stores: which there are, and what a project holds in them."""

from typing import Any

import falcon

from common.policy import Policy
from image.logic.copying import Copying
from image.logic.images import Images
from image.policies import images as policies
from image.views.images import WEB


class StoresResource:
    """/v2/info/stores, /v2/info/usage and /v2/stores/{store_id}/{image_id}

    locations: whether images may be elsewhere, too.
    """

    def __init__(
        self, policy: Policy, copying: Copying, images: Images, *, locations: bool
    ) -> None:
        self._policy = policy
        self._copying = copying
        self._images = images
        self._locations = locations

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        web = [{"id": WEB, "read-only": "true"}] if self._locations else []
        resp.media = {"stores": self._listed() + web}

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.STORES_DETAIL)
        stores = self._copying.stores
        resp.media = {
            "stores": [
                {
                    "weight": 0,
                    **one,
                    "type": "file",
                    "properties": {"free": stores.free(one["id"])},
                }
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
            {
                "id": name,
                **({"weight": stores.weights.get(name, 0)} if stores.weights else {}),
                **({"default": "true"} if name == stores.default else {}),
            }
            for name in stores.ids
        ]
