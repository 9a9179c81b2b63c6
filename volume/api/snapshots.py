"""/snapshots: lists, creation, one snapshot, its actions."""

from collections.abc import Callable
from typing import Any

import falcon

from common import http
from common.policy import Policy, Rule
from volume.api import requests
from volume.api.actions import Handler
from volume.api.volumes import changes, named
from volume.db.snapshots import SORTABLE, Shown
from volume.logic import filters
from volume.logic.snapshots import Snapshots
from volume.policies import snapshots as policies
from volume.schemas import volumes as schemas
from volume.views import snapshots as views


class SnapshotsResource:
    """/v3/snapshots and /v3/snapshots/detail"""

    def __init__(self, policy: Policy, snapshots: Snapshots) -> None:
        self._policy = policy
        self._snapshots = snapshots

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, lambda one: views.brief(one, req.context.version))

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, lambda one: views.full(one, req.context.version))

    def _list(
        self, req: falcon.Request, resp: falcon.Response, view: Callable[[Shown], dict[str, Any]]
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        conditions = filters.of_snapshots(ctx, req.params, req.context.version)
        page, offset = requests.page(req, SORTABLE)
        counted = requests.counted(req)
        found, total = requests.fetched(
            lambda: self._snapshots.list(conditions, page, offset, counted=counted), page.marker
        )
        body = requests.listed(req, "snapshots", [view(one) for one in found], page.limit)
        resp.media = body | ({"count": total} if counted else {})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        body = http.body(req, schemas.SNAPSHOT_CREATE)["snapshot"]
        trusted = ("id", "user_id") if "service" in ctx.roles else ()
        shown = self._snapshots.create(
            ctx,
            body["volume_id"] or "",
            given={name: body[name] for name in trusted if name in body},
            name=named(body, "name"),
            description=named(body, "description"),
            items=body.get("metadata") or {},
            # From 3.66 on nobody has to insist: a volume in use is no hindrance any more.
            force=schemas.is_true(body.get("force")) or not requests.before(req, (3, 66)),
        )
        resp.status = falcon.HTTP_202
        resp.media = {"snapshot": views.brief(shown, req.context.version)}


class SnapshotResource:
    """/v3/snapshots/{snapshot_id}"""

    def __init__(self, policy: Policy, snapshots: Snapshots) -> None:
        self._policy = policy
        self._snapshots = snapshots

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        shown = self._snapshots.get(ctx, resource_id)
        resp.media = {"snapshot": views.full(shown, req.context.version)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        body = http.body(req, schemas.SNAPSHOT_UPDATE)["snapshot"]
        shown = self._snapshots.update(ctx, resource_id, changes(body))
        resp.media = {"snapshot": views.brief(shown, req.context.version)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        self._snapshots.delete(ctx, resource_id)
        resp.status = falcon.HTTP_202


class SnapshotActions:
    """What /v3/snapshots/{snapshot_id}/action does."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-reset_status": (policies.RESET, self._reset),
            "os-force_delete": (policies.FORCE, self._force_delete),
            "os-update_snapshot_status": (policies.PROGRESS, self._progress),
        }

    def _reset(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        self._snapshots.reset(req.context.ctx, one, given["status"])

    def _force_delete(
        self, req: falcon.Request, resp: falcon.Response, one: str, given: Any
    ) -> None:
        self._snapshots.delete(req.context.ctx, one, force=True)

    def _progress(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        self._snapshots.progress(req.context.ctx, one, given["status"], given.get("progress"))
