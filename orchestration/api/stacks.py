"""/stacks: the collection, one stack, its template and its actions."""

from collections.abc import Callable
from typing import Any

import falcon

from common import errors, http, paging
from common.context import RequestContext
from common.policy import Policy
from orchestration import states
from orchestration.api.base import context, find, flag
from orchestration.db.models import Stack
from orchestration.db.stacks import COLUMNS
from orchestration.logic.parts import Parts
from orchestration.logic.stacks import Stacks
from orchestration.policies import stacks as policies
from orchestration.schemas import stacks as schemas
from orchestration.templates.template import parse
from orchestration.views import previews
from orchestration.views import stacks as views


class StacksResource:
    """/v1/{project_id}/stacks"""

    def __init__(self, policy: Policy, stacks: Stacks) -> None:
        self._policy = policy
        self._stacks = stacks

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        found = self._page(req, project_id)
        resp.media = {"stacks": [views.brief(req.prefix, stack) for stack in found]}
        if flag(req, "with_count"):
            resp.media["count"] = len(found)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        found = self._page(req, project_id)
        resp.media = {
            "stacks": [
                views.full(req.prefix, stack, parse(stack.template).parameters, None)
                for stack in found
            ]
        }

    def on_post(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.CREATE)
        stack = self._stacks.create(ctx, http.body(req, schemas.CREATE))
        resp.status = falcon.HTTP_201
        resp.media = {"stack": views.created(req.prefix, stack)}
        resp.location = req.prefix + views.path(stack)

    def on_post_preview(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.PREVIEW)
        found = self._stacks.preview(ctx, http.body(req, schemas.CREATE))
        shown = views.full(req.prefix, found.stack, parse(found.stack.template).parameters, None)
        resp.media = {"stack": {**shown, "resources": previews.resources(found.stack, found.tree)}}

    def _page(self, req: falcon.Request, project_id: str) -> Any:
        ctx = context(req, project_id)
        everybody = flag(req, "global_tenant")
        self._policy.authorize(ctx, policies.GLOBAL if everybody else policies.INDEX)
        page = paging.page(req, sort_keys=list(COLUMNS))
        return self._stacks.list(
            ctx,
            page,
            names=tuple(_many(req, "name") + _many(req, "stack_name")),
            ids=tuple(_many(req, "id")),
            statuses=tuple(_many(req, "status") + _many(req, "stack_status")),
            every_project=everybody,
            deleted=flag(req, "show_deleted"),
            tags=tuple(_many(req, "tags")),
            any_tag=tuple(_many(req, "tags-any") + _many(req, "tags_any")),
            not_tags=tuple(_many(req, "not-tags") + _many(req, "not_tags")),
            no_tag=tuple(_many(req, "not-tags-any") + _many(req, "not_tags_any")),
            nested=flag(req, "show_nested"),
            parent_id=req.get_param("parent") or req.get_param("owner_id"),
            usernames=tuple(_many(req, "username")),
            actions=tuple(_many(req, "action")),
            show_hidden=flag(req, "show_hidden"),
        )


def _many(req: falcon.Request, name: str) -> list[str]:
    return req.get_param_as_list(name) or []


ACTIONS: dict[str, Callable[[Stacks, RequestContext, str], None]] = {
    "cancel_update": lambda stacks, ctx, stack_id: stacks.cancel(ctx, stack_id, rollback=True),
    "cancel_without_rollback": lambda stacks, ctx, stack_id: stacks.cancel(
        ctx, stack_id, rollback=False
    ),
    "check": lambda stacks, ctx, stack_id: stacks.act(ctx, stack_id, states.CHECK),
    "suspend": lambda stacks, ctx, stack_id: stacks.act(ctx, stack_id, states.SUSPEND),
    "resume": lambda stacks, ctx, stack_id: stacks.act(ctx, stack_id, states.RESUME),
}


class StackResource:
    """/v1/{project_id}/stacks/{name}/{stack_id}"""

    def __init__(self, policy: Policy, stacks: Stacks, parts: Parts) -> None:
        self._policy = policy
        self._stacks = stacks
        self._parts = parts

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.SHOW)
        stack = find(self._stacks, ctx, name, stack_id)
        wants = (req.get_param("resolve_outputs") or "true").lower() not in ("false", "0", "no")
        outputs = self._parts.outputs(stack) if wants else None
        schemas_of = parse(stack.template).parameters
        resp.media = {"stack": views.full(req.prefix, stack, schemas_of, outputs)}

    def on_put(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        self._update(req, resp, (project_id, name, stack_id), keep=False)

    def on_patch(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        self._update(req, resp, (project_id, name, stack_id), keep=True)

    def on_put_preview(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        self._preview(req, resp, (project_id, name, stack_id), keep=False)

    def on_patch_preview(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        self._preview(req, resp, (project_id, name, stack_id), keep=True)

    def on_delete(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.DELETE)
        self._stacks.delete(ctx, find(self._stacks, ctx, name, stack_id).id)
        resp.status = falcon.HTTP_204

    def on_get_template(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        resp.media = self._stack(req, project_id, name, stack_id).template

    def on_get_environment(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        resp.media = self._stack(req, project_id, name, stack_id).environment

    def on_get_files(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        resp.media = self._stack(req, project_id, name, stack_id).files

    def on_post_actions(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.ACTION)
        action = next(iter(http.body(req, schemas.ACTION)))
        if action not in ACTIONS:
            raise errors.BadRequest(
                reason=f"There is no action {action} for stacks; there are: {', '.join(ACTIONS)}"
            )
        stack = find(self._stacks, ctx, name, stack_id)
        ACTIONS[action](self._stacks, ctx, stack.id)
        resp.status = falcon.HTTP_200
        resp.content_type, resp.text = falcon.MEDIA_TEXT, ""

    def _stack(self, req: falcon.Request, project_id: str, name: str, stack_id: str) -> Stack:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.TEMPLATE)
        return find(self._stacks, ctx, name, stack_id)

    def _update(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        where: tuple[str, str, str],
        *,
        keep: bool,
    ) -> None:
        ctx = context(req, where[0])
        self._policy.authorize(ctx, policies.UPDATE)
        wanted = http.body(req, schemas.UPDATE)
        stack = find(self._stacks, ctx, where[1], where[2])
        updated = self._stacks.update(ctx, stack.id, wanted, keep=keep)
        resp.status = falcon.HTTP_202
        resp.media = {"stack": views.created(req.prefix, updated)}

    def _preview(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        where: tuple[str, str, str],
        *,
        keep: bool,
    ) -> None:
        ctx = context(req, where[0])
        self._policy.authorize(ctx, policies.PREVIEW_UPDATE)
        wanted = http.body(req, schemas.UPDATE)
        stack = find(self._stacks, ctx, where[1], where[2])
        changes = self._stacks.preview_update(ctx, stack.id, wanted, keep=keep)
        resp.media = {
            "resource_changes": {
                change: [views.change(stack, name, kind) for name, kind in found]
                for change, found in changes.items()
            }
        }
