"""/os-quota-sets, /os-quota-class-sets and /limits."""

from typing import Any

import falcon

from common import http
from common.policy import Policy
from volume.db.quotas import CLASS
from volume.logic.quotas import Quotas, refuse_strangers
from volume.policies import admin as policies
from volume.schemas import admin as schemas
from volume.schemas.volumes import is_true


class QuotasResource:
    """/v3/os-quota-sets/{project_id} and /defaults below it"""

    def __init__(self, policy: Policy, quotas: Quotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.QUOTAS)
        refuse_strangers(ctx, project_id)
        found: dict[str, Any] = dict(self._quotas.limits(project_id))
        if is_true(req.get_param("usage")):
            used = self._quotas.usage(project_id)
            found = {
                name: {"limit": limit, "in_use": used.get(name, 0), "reserved": 0}
                for name, limit in found.items()
            }
        resp.media = {"quota_set": {"id": project_id, **found}}

    def on_put(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SET_QUOTAS)
        body = http.body(req, schemas.QUOTA)["quota_set"]
        wanted = {name: value for name, value in body.items() if name not in ("tenant_id", "force")}
        resp.media = {"quota_set": self._quotas.set(project_id, wanted)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SET_QUOTAS)
        self._quotas.reset(project_id)
        resp.status = falcon.HTTP_200

    def on_get_defaults(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.QUOTAS)
        resp.media = {"quota_set": {"id": project_id, **self._quotas.defaults()}}


class ClassesResource:
    """/v3/os-quota-class-sets/{name}: there is one class, `default`"""

    def __init__(self, policy: Policy, quotas: Quotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.CLASSES)
        resp.media = {"quota_class_set": {"id": name, **self._quotas.defaults()}}

    def on_put(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.CLASSES)
        body = http.body(req, schemas.QUOTA_CLASS)["quota_class_set"]
        wanted = {key: value for key, value in body.items() if key != "class_name"}
        resp.media = {"quota_class_set": self._quotas.set(CLASS, wanted)}


class LimitsResource:
    """/v3/limits"""

    def __init__(self, policy: Policy, quotas: Quotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIMITS)
        given = req.get_param("project_id") or req.get_param("tenant_id")
        project_id = given if given and ctx.is_admin else ctx.project_id or ""
        limits, used = self._quotas.limits(project_id), self._quotas.usage(project_id)
        absolute = {
            "maxTotalVolumes": limits["volumes"],
            "maxTotalSnapshots": limits["snapshots"],
            "maxTotalVolumeGigabytes": limits["gigabytes"],
            "maxTotalBackups": limits["backups"],
            "maxTotalBackupGigabytes": limits["backup_gigabytes"],
            "totalVolumesUsed": used["volumes"],
            "totalSnapshotsUsed": used["snapshots"],
            "totalGigabytesUsed": used["gigabytes"],
            "totalBackupsUsed": used.get("backups", 0),
            "totalBackupGigabytesUsed": used.get("backup_gigabytes", 0),
        }
        resp.media = {"limits": {"rate": [], "absolute": absolute}}
