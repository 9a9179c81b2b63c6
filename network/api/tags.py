"""Tags over HTTP."""

import falcon

from common import http
from common.policy import Policy
from network.logic.tags import Tags
from network.policies import service as policies
from network.schemas import service as schemas
from network.schemas.base import TAG


class TagsResource:
    """/v2.0/<plural>/{id}/tags and /v2.0/<plural>/{id}/tags/{tag}"""

    def __init__(self, plural: str, policy: Policy, tags: Tags) -> None:
        self._plural = plural
        self._policy = policy
        self._tags = tags

    def on_get(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TAG_READ)
        resp.media = {"tags": self._tags.get(ctx, self._plural, row_id)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TAG_WRITE)
        wanted = http.body(req, schemas.TAG_LIST)["tags"]
        resp.media = {"tags": self._tags.replace(ctx, self._plural, row_id, wanted)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TAG_WRITE)
        self._tags.replace(ctx, self._plural, row_id, [])
        resp.status = falcon.HTTP_204

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, row_id: str, tag: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TAG_READ)
        self._tags.check(ctx, self._plural, row_id, tag)
        resp.status = falcon.HTTP_204

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, row_id: str, tag: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TAG_WRITE)
        http.check(tag, TAG)
        self._tags.add(ctx, self._plural, row_id, tag)
        resp.status = falcon.HTTP_201

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, row_id: str, tag: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.TAG_WRITE)
        self._tags.remove(ctx, self._plural, row_id, tag)
        resp.status = falcon.HTTP_204
