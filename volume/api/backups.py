"""/backups, their restoring, records and actions."""

from collections.abc import Callable
from typing import Any

import falcon

from common import http
from common.policy import Policy, Rule
from volume.api import requests
from volume.api.actions import Handler
from volume.api.volumes import named
from volume.db.backups import SORTABLE
from volume.db.models import Backup
from volume.logic import filters
from volume.logic.backups import Backups, Shown
from volume.policies import backups as policies
from volume.schemas import backups as schemas
from volume.schemas.volumes import is_true
from volume.views.common import links, moment

KEY_SINCE = (3, 64)
UPDATE_SINCE, PROJECT_SINCE, ITEMS_SINCE, USER_SINCE = (3, 9), (3, 18), (3, 43), (3, 56)


class BackupsResource:
    """/v3/backups, /v3/backups/detail, /v3/backups/import_record and /v3/backups/{resource_id}"""

    def __init__(self, policy: Policy, backups: Backups) -> None:
        self._policy = policy
        self._backups = backups

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, lambda one: brief(req, one.backup))

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, lambda one: full(req, one))

    def _list(
        self, req: falcon.Request, resp: falcon.Response, view: Callable[[Shown], dict[str, Any]]
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        conditions = filters.of_backups(ctx, req.params, req.context.version)
        page, offset = requests.page(req, SORTABLE)
        counted = requests.counted(req)
        found, total = requests.fetched(
            lambda: self._backups.list(conditions, page, offset, counted=counted), page.marker
        )
        body = requests.listed(req, "backups", [view(one) for one in found], page.limit)
        resp.media = body | ({"count": total} if counted else {})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        body = http.body(req, schemas.CREATE)["backup"]
        with_items = not requests.before(req, ITEMS_SINCE)
        backup = self._backups.create(
            ctx,
            {
                "volume_id": body["volume_id"],
                "snapshot_id": body.get("snapshot_id"),
                "name": named(body, "name"),
                "description": named(body, "description"),
                "container": body.get("container"),
                "incremental": is_true(body.get("incremental")),
                "force": is_true(body.get("force")),
                "items": body.get("metadata") if with_items else {},
            },
        )
        resp.status = falcon.HTTP_202
        resp.media = {"backup": brief(req, backup)}

    def on_post_import(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.RECORDS)
        body = http.body(req, schemas.RECORD)["backup-record"]
        backup = self._backups.take_in(ctx, body["backup_service"], body["backup_url"])
        resp.status = falcon.HTTP_201
        resp.media = {"backup": brief(req, backup)}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        resp.media = {"backup": full(req, self._backups.get(req.context.ctx, resource_id))}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        requests.since(req, UPDATE_SINCE)
        body = http.body(req, schemas.UPDATE)["backup"]
        changes = {key: body[key] for key in ("name", "description") if key in body}
        if "metadata" in body and not requests.before(req, ITEMS_SINCE):
            changes["items"] = body["metadata"] or {}
        found = self._backups.update(req.context.ctx, resource_id, changes)
        resp.media = {"backup": brief(req, found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.DELETE)
        self._backups.delete(req.context.ctx, resource_id)
        resp.status = falcon.HTTP_202

    def on_post_restore(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.RESTORE)
        body = http.body(req, schemas.RESTORE)["restore"]
        backup, volume = self._backups.restore(
            req.context.ctx, resource_id, body.get("volume_id"), body.get("name")
        )
        resp.status = falcon.HTTP_202
        facts = {"backup_id": backup.id, "volume_id": volume.id, "volume_name": volume.name or ""}
        resp.media = {"restore": facts}

    def on_get_export(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.RECORDS)
        found = self._backups.export(req.context.ctx, resource_id)
        resp.media = {"backup-record": found}


class BackupActions:
    """What /v3/backups/{resource_id}/action does."""

    def __init__(self, backups: Backups) -> None:
        self._backups = backups
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "os-reset_status": (policies.ACT, self._reset),
            "os-force_delete": (policies.ACT, self._force_delete),
        }

    def _reset(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        self._backups.reset(req.context.ctx, one, given["status"])

    def _force_delete(
        self, req: falcon.Request, resp: falcon.Response, one: str, given: Any
    ) -> None:
        self._backups.delete(req.context.ctx, one, force=True)


def brief(req: falcon.Request, backup: Backup) -> dict[str, Any]:
    """Return what a list without details says of a backup."""
    where = requests.address(req)
    return {
        "id": backup.id,
        "name": backup.name,
        "links": links(where.base, where.project, f"backups/{backup.id}"),
    }


def full(req: falcon.Request, shown: Shown) -> dict[str, Any]:
    """Return all that is said of a backup."""
    backup = shown.backup
    found = brief(req, backup) | {
        "status": backup.status,
        "size": backup.size_gib,
        "object_count": backup.object_count,
        "availability_zone": backup.zone,
        "container": backup.container,
        "created_at": moment(backup.created_at),
        "updated_at": moment(backup.updated_at),
        "description": backup.description,
        "fail_reason": backup.fail_reason,
        "volume_id": backup.volume_id,
        "is_incremental": backup.parent_id is not None,
        "has_dependent_backups": shown.has_dependents,
        "snapshot_id": backup.snapshot_id,
        "data_timestamp": moment(backup.data_at),
    }
    if not requests.before(req, PROJECT_SINCE) and req.context.ctx.is_admin:
        found["os-backup-project-attr:project_id"] = backup.project_id
    if not requests.before(req, ITEMS_SINCE):
        found["metadata"] = backup.items
    if not requests.before(req, USER_SINCE):
        found["user_id"] = backup.user_id
    if not requests.before(req, KEY_SINCE) and backup.facts.get("key_id"):
        found["encryption_key_id"] = backup.facts["key_id"]
    return found
