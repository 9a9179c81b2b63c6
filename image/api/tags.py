"""Tags of images."""

import falcon

from common.policy import Policy
from image.logic.images import Images
from image.policies import images as policies


class TagResource:
    """/v2/images/{image_id}/tags/{tag}"""

    def __init__(self, policy: Policy, images: Images) -> None:
        self._policy = policy
        self._images = images

    def on_put(self, req: falcon.Request, resp: falcon.Response, image_id: str, tag: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        self._images.add_tag(ctx, image_id, tag)
        resp.status = falcon.HTTP_204

    def on_delete(
        self, req: falcon.Request, resp: falcon.Response, image_id: str, tag: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        self._images.remove_tag(ctx, image_id, tag)
        resp.status = falcon.HTTP_204
