"""Namespaces of metadata definitions."""

import urllib.parse

import falcon

from common import http, paging
from common.policy import Policy
from image.db.metadefs import SORTABLE
from image.logic.metadefs import Metadefs
from image.policies import metadefs as policies
from image.schemas import metadefs as schemas
from image.views import metadefs as views


class NamespacesResource:
    """/v2/metadefs/namespaces and /v2/metadefs/resource_types"""

    def __init__(self, policy: Policy, metadefs: Metadefs) -> None:
        self._policy = policy
        self._metadefs = metadefs

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        wanted = paging.page(req, sort_keys=list(SORTABLE))
        facts = {
            "visibility": req.get_param("visibility"),
            "resource_types": (req.get_param("resource_types") or "").split(",")
            if req.get_param("resource_types")
            else [],
        }
        rows = self._metadefs.list(ctx, wanted, facts)
        resp.media = views.namespaces(rows, req.params, wanted.limit)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        wanted = http.body(req, schemas.CREATE_NAMESPACE)
        row = self._metadefs.create(ctx, wanted)
        resp.status = falcon.HTTP_201
        resp.media = views.namespace(row)
        resp.location = req.prefix + resp.media["self"]

    def on_get_types(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.TYPES)
        found = self._metadefs.resource_types()
        resp.media = {"resource_types": [views.resource_type(one) for one in found]}


class NamespaceResource:
    """/v2/metadefs/namespaces/{namespace}"""

    def __init__(self, policy: Policy, metadefs: Metadefs) -> None:
        self._policy = policy
        self._metadefs = metadefs

    def on_get(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        row, defined = self._metadefs.get(ctx, namespace)
        resource_type = req.get_param("resource_type") or ""
        resp.media = views.whole_namespace(row, defined, resource_type)

    def on_put(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        wanted = http.body(req, schemas.UPDATE_NAMESPACE)
        resp.media = views.namespace(self._metadefs.update(ctx, namespace, wanted))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        self._metadefs.delete(ctx, namespace)
        resp.status = falcon.HTTP_204


class AssociationsResource:
    """/v2/metadefs/namespaces/{namespace}/resource_types"""

    def __init__(self, policy: Policy, metadefs: Metadefs) -> None:
        self._policy = policy
        self._metadefs = metadefs

    def on_get(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        row, _ = self._metadefs.get(ctx, namespace)
        found = [views.association(one) for one in row.associations]
        resp.media = {"resource_type_associations": found}

    def on_post(self, req: falcon.Request, resp: falcon.Response, namespace: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ASSOCIATE)
        wanted = http.body(req, schemas.ASSOCIATION)
        row = self._metadefs.associate(ctx, namespace, wanted)
        resp.status = falcon.HTTP_201
        resp.media = views.association(row)
        resp.location = f"{req.prefix}{req.path}/{urllib.parse.quote(row.resource_type)}"

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, namespace: str, name: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ASSOCIATE)
        self._metadefs.dissociate(ctx, namespace, name)
        resp.status = falcon.HTTP_204
