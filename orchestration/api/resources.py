"""/resources, /events and /outputs of a stack."""

from typing import Any

import falcon

from common import http, paging
from common.errors import BadRequest
from common.policy import Policy, Rule
from orchestration import errors
from orchestration.api.base import context, find, flag
from orchestration.db.events import FILTERS
from orchestration.db.models import Stack
from orchestration.logic.definitions import MAX_DEPTH
from orchestration.logic.parts import Parts, Shown
from orchestration.logic.stacks import Stacks
from orchestration.policies import resources as policies
from orchestration.schemas import stacks as schemas
from orchestration.views import resources as views


class _OfStack:
    def __init__(self, policy: Policy, stacks: Stacks, parts: Parts) -> None:
        self._policy = policy
        self._stacks = stacks
        self._parts = parts

    def _find(
        self, req: falcon.Request, rule: Rule, project_id: str, name: str, stack_id: str
    ) -> Stack:
        """Return the stack that the URL names, once the caller may do what the rule guards."""
        ctx = context(req, project_id)
        self._policy.authorize(ctx, rule)
        return find(self._stacks, ctx, name, stack_id)


def depth(req: falcon.Request) -> int:
    """Return how many levels of stacks inside are asked for.  Raises BadRequest."""
    given = req.get_param("nested_depth") or "0"
    if not given.isdecimal():
        raise BadRequest(reason=f"nested_depth must be a number of 0 or more, not {given!r}")
    return min(int(given), MAX_DEPTH + 1)


class ResourcesResource(_OfStack):
    """/v1/{project_id}/stacks/{name}/{stack_id}/resources"""

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.RESOURCES, project_id, name, stack_id)
        found = self._parts.resources(stack, depth(req))
        view = views.detail if flag(req, "with_detail") else views.resource
        resp.media = {"resources": [view(req.prefix, one) for one in found if _wanted(req, one)]}

    def on_get_one(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        resource: str,
    ) -> None:
        stack = self._find(req, policies.RESOURCES, project_id, name, stack_id)
        shown = self._parts.resource(stack, resource)
        words = self._parts.description(stack, resource)
        found = views.detail(req.prefix, shown, words)
        for asked in req.get_param_as_list("with_attr") or []:
            found["attributes"].setdefault(asked, (shown.row.attributes or {}).get(asked))
        resp.media = {"resource": found}

    def on_patch_one(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        resource: str,
    ) -> None:
        stack = self._find(req, policies.MARK, project_id, name, stack_id)
        wanted = http.body(req, schemas.MARK)
        reason = wanted.get("resource_status_reason") or "state changed by the stack's owner"
        self._parts.mark(stack, resource, unhealthy=wanted["mark_unhealthy"], reason=reason)
        resp.status = falcon.HTTP_200
        resp.content_type, resp.text = falcon.MEDIA_TEXT, ""

    def on_post_signal(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        resource: str,
    ) -> None:
        stack = self._find(req, policies.SIGNAL, project_id, name, stack_id)
        ctx = context(req, project_id)
        self._parts.signal(ctx, stack, resource, details(req))
        resp.status = falcon.HTTP_200
        resp.content_type, resp.text = falcon.MEDIA_TEXT, ""

    def on_get_metadata(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        resource: str,
    ) -> None:
        stack = self._find(req, policies.RESOURCES, project_id, name, stack_id)
        resp.media = {"metadata": self._parts.metadata(stack, resource)}


def details(req: falcon.Request) -> Any:
    """Return a signal's body: JSON, or nothing.  Raises BadRequest."""
    if not req.content_length:
        return {}
    return http.body(req, schemas.SIGNAL)


def _wanted(req: falcon.Request, shown: Shown) -> bool:
    row = shown.row
    wanted: dict[str, str | None] = {
        "type": row.type,
        "name": row.name,
        "status": row.status,
        "action": row.action,
        "id": row.id,
        "physical_resource_id": row.physical_id,
    }
    return all(wanted[key] in asked for key in wanted if (asked := req.get_param_as_list(key)))


class SignedSignalResource:
    """/v1/signal/{node_id}: a signal by a URL that was given out for one resource."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def on_post(self, req: falcon.Request, resp: falcon.Response, node_id: str) -> None:
        signature = req.get_param("Signature") or ""
        self._parts.signal_signed(node_id, signature, details(req))
        resp.status = falcon.HTTP_200
        resp.content_type, resp.text = falcon.MEDIA_TEXT, ""


class EventsResource(_OfStack):
    """/v1/{project_id}/stacks/{name}/{stack_id}/events, and those of one resource."""

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.EVENTS, project_id, name, stack_id)
        resp.media = {"events": self._events(req, stack, None)}

    def on_get_resource(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        resource: str,
    ) -> None:
        stack = self._find(req, policies.EVENTS, project_id, name, stack_id)
        if resource != stack.name:
            self._parts.resource(stack, resource)
        resp.media = {"events": self._events(req, stack, resource)}

    def on_get_one(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        resource: str,
        event_id: str,
    ) -> None:
        stack = self._find(req, policies.EVENTS, project_id, name, stack_id)
        row = self._parts.event(stack, event_id)
        if row.resource_name != resource:
            raise errors.EventNotFound(event=event_id)
        resp.media = {"event": views.event_detail(req.prefix, stack, row)}

    def _events(
        self, req: falcon.Request, stack: Stack, resource: str | None
    ) -> list[dict[str, Any]]:
        page = paging.page(req, sort_keys=["event_time", "created_at"])
        asked = {key: found for key in FILTERS if (found := req.get_param_as_list(key))}
        rows = self._parts.events(
            stack,
            depth=depth(req),
            resource_name=resource,
            filters=asked,
            marker=page.marker,
            limit=page.limit,
            newest_first=(req.get_param("sort_dir") or "asc").startswith("desc"),
        )
        return [views.event(req.prefix, around, row) for around, row in rows]


class OutputsResource(_OfStack):
    """/v1/{project_id}/stacks/{name}/{stack_id}/outputs"""

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.OUTPUTS, project_id, name, stack_id)
        resp.media = {
            "outputs": [
                {key: found[key] for key in ("output_key", "description")}
                for found in self._parts.outputs(stack)
            ]
        }

    def on_get_one(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        output: str,
    ) -> None:
        stack = self._find(req, policies.OUTPUTS, project_id, name, stack_id)
        resp.media = {"output": self._parts.output(stack, output)}
