"""/volumes: lists, creation, one volume."""

from collections.abc import Mapping
from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from volume.api import requests
from volume.db.volumes import SORTABLE
from volume.logic import filters
from volume.logic.creation import Creation
from volume.logic.volumes import Volumes
from volume.policies import volumes as policies
from volume.schemas import volumes as schemas
from volume.views import volumes as views

HREF_SINCE = (3, 45)


class VolumesResource:
    """/v3/volumes, /v3/volumes/detail and /v3/volumes/summary"""

    def __init__(self, policy: Policy, volumes: Volumes, creation: Creation) -> None:
        self._policy = policy
        self._volumes = volumes
        self._creation = creation

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        where = requests.address(req)
        self._list(req, resp, lambda one: views.brief(one, where.base, where.project))

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        where, version = requests.address(req), req.context.version
        admin = self._policy.allows(req.context.ctx, policies.ADMINS_VIEW)
        self._list(
            req, resp, lambda one: views.full(one, where.base, where.project, version, admin=admin)
        )

    def _list(self, req: falcon.Request, resp: falcon.Response, view: Any) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        conditions = filters.of_volumes(ctx, req.params, req.context.version)
        page, offset = requests.page(req, SORTABLE)
        counted = requests.counted(req)
        found, total = requests.fetched(
            lambda: self._volumes.list(conditions, page, offset, counted=counted), page.marker
        )
        body = requests.listed(req, "volumes", [view(one) for one in found], page.limit)
        resp.media = body | ({"count": total} if counted else {})

    def on_get_summary(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        requests.since(req, (3, 12))
        conditions = filters.of_volumes(ctx, req.params, req.context.version)
        count, size, items = self._volumes.summary(conditions)
        found: dict[str, Any] = {"total_count": count, "total_size": size}
        if not requests.before(req, (3, 36)):
            found["metadata"] = items
        resp.media = {"volume-summary": found}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        body = http.body(req, schemas.CREATE)["volume"]
        trusted = ("id", "user_id") if "service" in ctx.roles else ()
        more: dict[str, Any] = {name: body[name] for name in trusted if name in body}
        more["of_snapshots"] = not requests.before(req, (3, 46))
        volume = self._creation.create(ctx, wanted(body) | more)
        shown = self._volumes.get(ctx, volume.id)
        where = requests.address(req)
        resp.status = falcon.HTTP_202
        found = views.full(shown, where.base, where.project, req.context.version)
        found.pop("os-vol-tenant-attr:tenant_id")
        found.pop("volume_image_metadata", None)
        resp.media = {"volume": found | {"status": "creating"}}


def wanted(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a request for a volume says, by the names that logic knows."""
    return {
        "size": body.get("size"),
        "name": named(body, "name"),
        "description": named(body, "description"),
        "type": body.get("volume_type"),
        "zone": body.get("availability_zone"),
        "metadata": body.get("metadata") or {},
        "image_id": body.get("imageRef") or body.get("image_id"),
        "snapshot_id": body.get("snapshot_id"),
        "source_volid": body.get("source_volid"),
        "backup_id": body.get("backup_id"),
        "multiattach": schemas.is_true(body.get("multiattach")),
        "group_id": body.get("group_id"),
    }


def named(body: Mapping[str, Any], name: str) -> Any:
    """Return a field that older clients call `display_<name>`."""
    given = body.get(name)
    given = body.get(f"display_{name}") if given is None else given
    return given.strip() if isinstance(given, str) else given


def changes(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return which of name, description and metadata a request changes.  Raises BadRequest."""
    found = {
        name: named(body, name)
        for name in ("name", "description")
        if name in body or f"display_{name}" in body
    }
    if "metadata" in body:
        found["metadata"] = body["metadata"]
    if not found:
        raise errors.BadRequest(reason="Must specify 'name', 'description' or 'metadata'.")
    return found


class VolumeResource:
    """/v3/volumes/{resource_id}"""

    def __init__(self, policy: Policy, volumes: Volumes) -> None:
        self._policy = policy
        self._volumes = volumes

    def _show(self, req: falcon.Request, shown: Any, *, admin: bool = False) -> dict[str, Any]:
        where = requests.address(req)
        return {
            "volume": views.full(shown, where.base, where.project, req.context.version, admin=admin)
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        admin = self._policy.allows(ctx, policies.ADMINS_VIEW)
        resp.media = self._show(req, self._volumes.get(ctx, resource_id), admin=admin)

    def on_put(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        body = http.body(req, schemas.UPDATE)["volume"]
        shown = self._volumes.update(ctx, resource_id, changes(body))
        resp.media = self._show(req, shown)
        for name in ("os-vol-tenant-attr:tenant_id", "volume_image_metadata"):
            resp.media["volume"].pop(name, None)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        cascade = schemas.is_true(req.get_param("cascade"))
        force = schemas.is_true(req.get_param("force")) and not requests.before(req, (3, 23))
        self._policy.authorize(ctx, policies.FORCE if force else policies.DELETE)
        self._volumes.delete(ctx, resource_id, cascade=cascade, force=force)
        resp.status = falcon.HTTP_202


class EncryptionResource:
    """/v3/volumes/{resource_id}/encryption and /v3/volumes/{volume_id}/encryption/{key}"""

    def __init__(self, policy: Policy, volumes: Volumes) -> None:
        self._policy = policy
        self._volumes = volumes

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        resp.media = self._volumes.encryption(ctx, resource_id)

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        found = self._volumes.encryption(ctx, resource_id)
        if key not in found:
            raise errors.NotFound()
        resp.media = {key: found[key]}
