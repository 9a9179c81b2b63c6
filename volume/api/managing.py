"""/os-volume-manage and /os-snapshot-manage, by their newer names manageable_*, and back."""

from typing import Any

import falcon

from common import http
from common.policy import Policy, Rule
from volume.api import requests
from volume.api.actions import Handler
from volume.api.volumes import named
from volume.logic.managing import Managing
from volume.logic.snapshots import Snapshots
from volume.logic.volumes import Volumes
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true
from volume.views import snapshots as snapshot_views
from volume.views import volumes as volume_views


class ManageVolumesResource:
    """/v3/os-volume-manage, and /v3/manageable_volumes from 3.8 on"""

    def __init__(
        self, policy: Policy, managing: Managing, volumes: Volumes, since: tuple[int, int]
    ) -> None:
        self._policy = policy
        self._managing = managing
        self._volumes = volumes
        self._since = since

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.MANAGE)
        requests.since(req, self._since)
        body = http.body(req, schemas.MANAGE)["volume"]
        volume = self._managing.manage(
            ctx,
            {
                "host": body["host"],
                "source": schemas.source(body["ref"]),
                "name": named(body, "name"),
                "description": named(body, "description"),
                "type": body.get("volume_type"),
                "metadata": body.get("metadata"),
                "bootable": is_true(body.get("bootable")),
            },
        )
        where = requests.address(req)
        shown = self._volumes.get(ctx, volume.id)
        resp.status = falcon.HTTP_202
        resp.media = {
            "volume": volume_views.full(shown, where.base, where.project, req.context.version)
        }


class ManageSnapshotsResource:
    """/v3/os-snapshot-manage, and /v3/manageable_snapshots from 3.8 on"""

    def __init__(
        self, policy: Policy, managing: Managing, snapshots: Snapshots, since: tuple[int, int]
    ) -> None:
        self._policy = policy
        self._managing = managing
        self._snapshots = snapshots
        self._since = since

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.MANAGE)
        requests.since(req, self._since)
        body = http.body(req, schemas.MANAGE_SNAPSHOT)["snapshot"]
        snapshot = self._managing.manage_snapshot(
            ctx,
            {
                "volume_id": body["volume_id"],
                "source": schemas.source(body["ref"]),
                "name": named(body, "name"),
                "description": named(body, "description"),
                "metadata": body.get("metadata"),
            },
        )
        shown = self._snapshots.get(ctx, snapshot.id)
        resp.status = falcon.HTTP_202
        resp.media = {"snapshot": snapshot_views.brief(shown, req.context.version)}


class Unmanaging:
    """The action os-unmanage, of volumes and of snapshots."""

    def __init__(self, change: Any) -> None:
        self._change = change
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-unmanage": (policies.MANAGE, self._unmanage)
        }

    def _unmanage(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        self._change(req.context.ctx, one)
