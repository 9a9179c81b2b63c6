"""/v2/images/{image_id}/tasks: data is taken in while it arrives, so no task is ever waited for."""

import falcon

from common.policy import Policy
from image.logic.images import Images
from image.policies import images as policies


class TasksResource:
    """What is still to be done with an image's data, which is nothing."""

    def __init__(self, policy: Policy, images: Images) -> None:
        self._policy = policy
        self._images = images

    def on_get(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.LIST_TASKS)
        self._images.get(req.context.ctx, image_id)
        resp.media = {"tasks": []}
