"""What namespaces define: objects, properties and tags."""

import urllib.parse
from typing import Any

import falcon

from common import http
from common.policy import Policy
from image.logic.definitions import Definitions
from image.policies import metadefs as policies
from image.views import metadefs as views


class DefinitionsResource:
    """/v2/metadefs/namespaces/{namespace}/<kind> and .../<kind>/{name}

    body: the schema of one definition.
    """

    def __init__(self, policy: Policy, definitions: Definitions, body: dict[str, Any]) -> None:
        self._policy = policy
        self._definitions = definitions
        self._body = body

    def on_get(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        rows = self._definitions.list(ctx, namespace)
        resp.media = views.definitions(self._definitions.kind, rows, namespace)

    def on_post(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        self._policy.authorize(req.context.ctx, policies.DEFINE)
        wanted = http.body(req, self._body)
        self._define(req, resp, namespace, wanted)
        resp.location = f"{req.prefix}{req.path}/{urllib.parse.quote(wanted['name'])}"

    def _define(
        self, req: falcon.Request, resp: falcon.Response, namespace: str, wanted: dict[str, Any]
    ) -> None:
        row = self._definitions.create(req.context.ctx, namespace, wanted)
        resp.status = falcon.HTTP_201
        resp.media = views.definition(row, namespace)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DEFINE)
        self._definitions.clear(ctx, namespace)
        resp.status = falcon.HTTP_204

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, namespace: str, name: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        resource_type = req.get_param("resource_type")
        row = self._definitions.get(ctx, namespace, name, resource_type)
        resp.media = views.definition(row, namespace)

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, namespace: str, name: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DEFINE)
        wanted = http.body(req, self._body)
        row = self._definitions.update(ctx, namespace, name, wanted)
        resp.media = views.definition(row, namespace)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, namespace: str, name: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DEFINE)
        self._definitions.delete(ctx, namespace, name)
        resp.status = falcon.HTTP_204


class TagDefinitionsResource(DefinitionsResource):
    """.../tags, where all of them are set at once, and .../tags/{name}, where one is made.

    many: the schema of all of them.
    """

    def __init__(
        self,
        policy: Policy,
        definitions: Definitions,
        body: dict[str, Any],
        many: dict[str, Any],
    ) -> None:
        super().__init__(policy, definitions, body)
        self._many = many

    def on_post(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DEFINE)
        wanted = http.body(req, self._many)["tags"]
        append = (req.get_header("X-OpenStack-Append") or "").lower() == "true"
        rows = self._definitions.replace(ctx, namespace, wanted, append=append)
        resp.status = falcon.HTTP_201
        resp.media = {"tags": [{"name": row.name} for row in rows]}
        resp.location = req.prefix + req.path

    def on_post_one(
        self, req: falcon.Request, resp: falcon.Response, namespace: str, name: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.DEFINE)
        wanted = {"name": name}
        http.check(wanted, self._body)
        self._define(req, resp, namespace, wanted)
