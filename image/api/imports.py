"""Imports: staged data put into use, data fetched from elsewhere, more copies."""

import falcon

from common import http
from common.policy import Policy
from image.logic.imports import Imports
from image.policies import images as policies
from image.schemas import imports as schemas


class ImportResource:
    """/v2/images/{image_id}/import"""

    def __init__(self, policy: Policy, imports: Imports) -> None:
        self._policy = policy
        self._imports = imports

    def on_post(self, req: falcon.Request, resp: falcon.Response, image_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.IMPORT)
        wanted = http.body(req, schemas.IMPORT)
        if wanted["method"]["name"] == "copy-image":
            self._policy.authorize(ctx, policies.COPY)
        self._imports.start(ctx, image_id, wanted)
        resp.status = falcon.HTTP_202
