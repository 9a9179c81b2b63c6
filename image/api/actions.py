"""Taking an image out of use, and putting it back."""

import falcon

from common.policy import Policy
from image.logic.images import Images
from image.policies import images as policies


class ActionsResource:
    """/v2/images/{image_id}/actions/deactivate and /reactivate"""

    def __init__(self, policy: Policy, images: Images) -> None:
        self._policy = policy
        self._images = images

    def on_post_deactivate(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DEACTIVATE)
        self._images.deactivate(ctx, image_id)
        resp.status = falcon.HTTP_204

    def on_post_reactivate(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.REACTIVATE)
        self._images.reactivate(ctx, image_id)
        resp.status = falcon.HTTP_204
