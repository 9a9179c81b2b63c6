"""/servers/{id}/metadata and /servers/{id}/tags"""

import falcon

from common import errors, http
from common.policy import Policy
from compute.api.versions import base_url, since
from compute.logic.details import Details, KeyNotFound, Tags
from compute.policies import servers as policies
from compute.schemas import details as schemas
from compute.schemas.common import TAG


class MetadataResource:
    """All items, or one by its key."""

    def __init__(self, policy: Policy, details: Details) -> None:
        self._policy = policy
        self._details = details

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        resp.media = {"metadata": self._details.get(req.context.ctx, server_id)}

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._set(req, resp, server_id, replace=False)

    def on_put(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._set(req, resp, server_id, replace=True)

    def _set(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, *, replace: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        wanted = http.body(req, schemas.ALL)["metadata"]
        found = self._details.set(req.context.ctx, server_id, wanted, replace=replace)
        resp.media = {"metadata": found}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        found = self._details.get(req.context.ctx, server_id)
        if key not in found:
            raise KeyNotFound()
        resp.media = {"meta": {key: found[key]}}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        wanted = http.body(req, schemas.ONE)["meta"]
        if key not in wanted:
            raise errors.BadRequest(reason="Request body and URI mismatch")
        self._details.set(req.context.ctx, server_id, wanted, replace=False)
        resp.media = {"meta": wanted}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, key: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        self._details.delete(req.context.ctx, server_id, key)
        resp.status = falcon.HTTP_204


class TagsResource:
    """All tags, or one by its name; from 2.26 on."""

    def __init__(self, policy: Policy, tags: Tags) -> None:
        self._policy = policy
        self._tags = tags

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        since(req, (2, 26))
        resp.media = {"tags": self._tags.list(req.context.ctx, server_id)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        since(req, (2, 26))
        wanted = http.body(req, schemas.TAGS)["tags"]
        resp.media = {"tags": self._tags.replace(req.context.ctx, server_id, wanted)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        since(req, (2, 26))
        self._tags.replace(req.context.ctx, server_id, [])
        resp.status = falcon.HTTP_204

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, tag: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        since(req, (2, 26))
        self._tags.has(req.context.ctx, server_id, tag)
        resp.status = falcon.HTTP_204

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, tag: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        since(req, (2, 26))
        http.check(tag, TAG)
        new = self._tags.add(req.context.ctx, server_id, tag)
        resp.status = falcon.HTTP_201 if new else falcon.HTTP_204
        if new:
            href = f"{base_url(req)}/v2.1/servers/{server_id}/tags/{tag}"
            resp.set_header("Location", href)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, tag: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        since(req, (2, 26))
        self._tags.delete(req.context.ctx, server_id, tag)
        resp.status = falcon.HTTP_204
