"""Putting staged data into use."""

import falcon

from common import http
from common.policy import Policy
from image.logic.data import Data
from image.policies import images as policies
from image.schemas import imports as schemas


class ImportResource:
    """/v2/images/{image_id}/import"""

    def __init__(self, policy: Policy, data: Data) -> None:
        self._policy = policy
        self._data = data

    def on_post(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.IMPORT)
        http.body(req, schemas.IMPORT)
        self._data.use_staged(ctx, image_id)
        resp.status = falcon.HTTP_202
