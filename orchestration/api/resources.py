"""/resources, /events and /outputs of a stack."""

from typing import Any

import falcon

from common import paging
from common.policy import Policy, Rule
from orchestration import errors
from orchestration.api.base import context, find
from orchestration.db.models import Event, Resource, Stack
from orchestration.logic.stacks import Stacks
from orchestration.policies import stacks as policies
from orchestration.views import resources as views


class _OfStack:
    def __init__(self, policy: Policy, stacks: Stacks) -> None:
        self._policy = policy
        self._stacks = stacks

    def _find(
        self, req: falcon.Request, rule: Rule, project_id: str, name: str, stack_id: str
    ) -> Stack:
        """Return the stack that the URL names, once the caller may do what the rule guards."""
        ctx = context(req, project_id)
        self._policy.authorize(ctx, rule)
        return find(self._stacks, ctx, name, stack_id)


def _matches(req: falcon.Request, shown: dict[str, str | None]) -> bool:
    """Say whether a row is among those that the query string narrows the list to."""
    return all(shown[key] in wanted for key in shown if (wanted := req.get_param_as_list(key)))


class ResourcesResource(_OfStack):
    """/v1/{project_id}/stacks/{name}/{stack_id}/resources"""

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.RESOURCES, project_id, name, stack_id)
        rows = self._stacks.resources(stack)
        resp.media = {
            "resources": [
                views.resource(req.prefix, stack, row, _users(rows, row.name))
                for row in rows
                if _wanted(req, row)
            ]
        }

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
        row = self._stacks.resource(stack, resource)
        users = _users(self._stacks.resources(stack), row.name)
        resp.media = {"resource": views.detail(req.prefix, stack, row, users)}

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
        self._stacks.resource(stack, resource)
        resp.media = {"metadata": self._stacks.metadata(stack, resource)}


def _users(rows: Any, name: str) -> list[str]:
    return [row.name for row in rows if name in row.requires]


def _wanted(req: falcon.Request, row: Resource) -> bool:
    shown: dict[str, str | None] = {
        "type": row.type,
        "name": row.name,
        "status": row.status,
        "action": row.action,
        "physical_resource_id": row.physical_id,
    }
    return _matches(req, shown)


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
        self._stacks.resource(stack, resource)
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
        row = self._stacks.event(stack, event_id)
        if row.resource_name != resource:
            raise errors.EventNotFound(event=event_id)
        resp.media = {"event": views.event_detail(req.prefix, stack, row)}

    def _events(
        self, req: falcon.Request, stack: Stack, resource: str | None
    ) -> list[dict[str, Any]]:
        page = paging.page(req, sort_keys=["event_time", "created_at"])
        rows = self._stacks.events(
            stack,
            resource_name=resource,
            marker=page.marker,
            limit=page.limit,
            newest_first=(req.get_param("sort_dir") or "asc") == "desc",
        )
        return [views.event(req.prefix, stack, row) for row in rows if _meant(req, row)]


def _meant(req: falcon.Request, row: Event) -> bool:
    shown: dict[str, str | None] = {
        "resource_action": row.action,
        "resource_status": row.status,
        "resource_name": row.resource_name,
        "resource_type": row.resource_type,
    }
    return _matches(req, shown)


class OutputsResource(_OfStack):
    """/v1/{project_id}/stacks/{name}/{stack_id}/outputs"""

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.OUTPUTS, project_id, name, stack_id)
        resp.media = {
            "outputs": [
                {key: found[key] for key in ("output_key", "description")}
                for found in self._stacks.outputs(stack)
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
        resp.media = {"output": self._stacks.output(stack, output)}
