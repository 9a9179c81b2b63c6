"""/os-volume-manage and /os-snapshot-manage, by their newer names manageable_*, and back."""

from collections.abc import Sequence
from typing import Any

import falcon

from common import errors, http
from common.policy import Policy, Rule
from volume.api import requests
from volume.api.actions import Handler
from volume.api.volumes import named
from volume.logic import filters
from volume.logic.manageable import Manageable
from volume.logic.managing import Managing
from volume.logic.snapshots import Snapshots
from volume.logic.volumes import Volumes
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true
from volume.views import snapshots as snapshot_views
from volume.views import volumes as volume_views

CLUSTERS_SINCE = (3, 17)


class ManageVolumesResource:
    """/v3/os-volume-manage, and /v3/manageable_volumes from 3.8 on"""

    def __init__(
        self, policy: Policy, managing: Managing, volumes: Volumes, since: tuple[int, int]
    ) -> None:
        self._policy = policy
        self._managing = managing
        self._volumes = volumes
        self._since = since

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"manageable-volumes": [_brief(one) for one in self._lying(req)]}

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"manageable-volumes": [_full(one) for one in self._lying(req)]}

    def _lying(self, req: falcon.Request) -> Sequence[Manageable]:
        self._policy.authorize(req.context.ctx, policies.MANAGE)
        requests.since(req, self._since)
        names = ["host", "sort", "marker", "limit", "offset"]
        names += [] if requests.before(req, CLUSTERS_SINCE) else ["cluster"]
        wanted = {name: ",".join(req.get_param_as_list(name) or []) for name in names}
        wanted = {name: value for name, value in wanted.items() if value}
        for name in {"limit", "offset"} & {*wanted}:
            if not (wanted[name].isascii() and wanted[name].isdigit() and len(wanted[name]) < 10):
                raise errors.BadRequest(
                    reason=f"{name} must be an integer of 0 or more, not {wanted[name]!r}"
                )
        if "marker" in wanted:
            wanted["marker"] = schemas.source(filters.mapping(wanted["marker"]))
        return self._managing.lying.list(wanted)

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


def _brief(one: Manageable) -> dict[str, Any]:
    return {
        "reference": {"source-name": one.name},
        "size": one.size_gib,
        "safe_to_manage": one.volume_id is None,
    }


def _full(one: Manageable) -> dict[str, Any]:
    return _brief(one) | {
        "reason_not_safe": "already managed" if one.volume_id else None,
        "cinder_id": one.volume_id,
        "extra_info": None,
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
