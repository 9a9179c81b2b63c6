"""/snapshots of a stack, its export and abandonment, and /services."""

import falcon

from common import http
from common.policy import Policy, Rule
from orchestration.api.base import context, find
from orchestration.db.models import Stack
from orchestration.logic.snapshots import Snapshots
from orchestration.logic.stacks import Stacks
from orchestration.policies import snapshots as policies
from orchestration.schemas import stacks as schemas
from orchestration.views import snapshots as views


class SnapshotsResource:
    """/v1/{project_id}/stacks/{name}/{stack_id}/snapshots, and what else hands a stack over."""

    def __init__(self, policy: Policy, stacks: Stacks, snapshots: Snapshots) -> None:
        self._policy = policy
        self._stacks = stacks
        self._snapshots = snapshots

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.LIST, project_id, name, stack_id)
        resp.media = {"snapshots": [views.snapshot(row) for row in self._snapshots.list(stack)]}

    def on_post(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.TAKE, project_id, name, stack_id)
        wanted = http.body(req, schemas.SNAPSHOT) if req.content_length else {}
        row = self._snapshots.take(context(req, project_id), stack.id, wanted.get("name"))
        resp.media = views.snapshot(row)

    def on_get_one(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        snapshot_id: str,
    ) -> None:
        stack = self._find(req, policies.SHOW, project_id, name, stack_id)
        resp.media = {"snapshot": views.snapshot(self._snapshots.get(stack, snapshot_id))}

    def on_delete_one(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        snapshot_id: str,
    ) -> None:
        stack = self._find(req, policies.DROP, project_id, name, stack_id)
        self._snapshots.drop(context(req, project_id), stack, snapshot_id)
        resp.status = falcon.HTTP_204

    def on_post_restore(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        project_id: str,
        name: str,
        stack_id: str,
        snapshot_id: str,
    ) -> None:
        stack = self._find(req, policies.RESTORE, project_id, name, stack_id)
        self._snapshots.restore(context(req, project_id), stack.id, snapshot_id)
        resp.status = falcon.HTTP_202
        resp.content_type, resp.text = falcon.MEDIA_TEXT, ""

    def on_get_export(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.EXPORT, project_id, name, stack_id)
        resp.media = self._snapshots.export(context(req, project_id), stack.id)

    def on_delete_abandon(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, name: str, stack_id: str
    ) -> None:
        stack = self._find(req, policies.ABANDON, project_id, name, stack_id)
        resp.media = self._snapshots.abandon(context(req, project_id), stack.id)

    def _find(
        self, req: falcon.Request, rule: Rule, project_id: str, name: str, stack_id: str
    ) -> Stack:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, rule)
        return find(self._stacks, ctx, name, stack_id)


class ServicesResource:
    """/v1/{project_id}/services: the controllers."""

    def __init__(self, policy: Policy, snapshots: Snapshots) -> None:
        self._policy = policy
        self._snapshots = snapshots

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(context(req, project_id), policies.SERVICES)
        found = self._snapshots.engines()
        resp.media = {"services": [views.engine(row, lives=lives) for row, lives in found]}
