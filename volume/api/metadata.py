"""Metadata of a volume or a snapshot: all of it, and one item."""

from collections.abc import Mapping
from typing import Any, Protocol

import falcon

from common import errors, http
from common.context import RequestContext
from common.policy import Policy, Rule
from volume.schemas import volumes as schemas


class Owner(Protocol):
    """Whoever keeps the metadata."""

    def items(self, ctx: RequestContext, owner_id: str) -> Mapping[str, str]: ...

    def set_items(
        self, ctx: RequestContext, owner_id: str, items: Mapping[str, str], *, replace: bool
    ) -> dict[str, str]: ...

    def delete_item(self, ctx: RequestContext, owner_id: str, key: str) -> None: ...


class MetadataResource:
    """/v3/<owners>/{resource_id}/metadata and /v3/<owners>/{resource_id}/metadata/{key}.

    read, change: the rules.  kind: what its owner is called.
    """

    def __init__(self, policy: Policy, owner: Owner, read: Rule, change: Rule, kind: str) -> None:
        self._policy = policy
        self._owner = owner
        self._read = read
        self._change = change
        self._kind = kind

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, self._read)
        resp.media = {"metadata": dict(self._owner.items(ctx, resource_id))}

    def on_post(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._set(req, resp, resource_id, replace=False)

    def on_put(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._set(req, resp, resource_id, replace=True)

    def _set(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, *, replace: bool
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, self._change)
        given = http.body(req, schemas.METADATA)["metadata"]
        found = self._owner.set_items(ctx, resource_id, given, replace=replace)
        resp.media = {"metadata": found}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, self._read)
        found = self._owner.items(ctx, resource_id)
        if key not in found:
            raise errors.NotFound(
                reason=f"{self._kind} {resource_id} has no metadata with key {key}."
            )
        resp.media = {"meta": {key: found[key]}}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, self._change)
        given: dict[str, Any] = http.body(req, schemas.META)["meta"]
        if key not in given:
            raise errors.BadRequest(
                reason=f"Request body and URI mismatch: meta names {', '.join(given)}, not {key}."
            )
        self._owner.set_items(ctx, resource_id, given, replace=False)
        resp.media = {"meta": given}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, self._change)
        self._owner.delete_item(ctx, resource_id, key)
        resp.status = falcon.HTTP_200
