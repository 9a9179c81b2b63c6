"""/types, and what belongs to one: extra specs, access, encryption; /default-types."""

from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from volume.api import requests
from volume.db.types import SORTABLE
from volume.logic import filters
from volume.logic.types import EncryptionNotFound, SpecNotFound, Types
from volume.policies import types as policies
from volume.schemas import types as schemas
from volume.schemas.volumes import is_true
from volume.views import types as views

DEFAULTS_SINCE = (3, 62)


class TypesResource:
    """/v3/types and /v3/types/{resource_id}"""

    def __init__(self, policy: Policy, types: Types) -> None:
        self._policy = policy
        self._types = types

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        admin = self._policy.allows(ctx, policies.ADMINS_VIEW)
        page, offset = requests.page(req, SORTABLE)
        specs = filters.mapping(req.get_param("extra_specs") or "{}")
        found = requests.fetched(
            lambda: self._types.list(ctx, page, offset, public=public(req), specs=specs),
            page.marker,
        )
        shown = [views.full(kind, admin=admin) for kind in found]
        resp.media = requests.listed(req, "volume_types", shown, page.limit)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.CREATE)
        body = http.body(req, schemas.CREATE)["volume_type"]
        kind = self._types.create(
            {
                "name": body["name"].strip(),
                "description": body.get("description"),
                "is_public": is_true(body.get("os-volume-type-access:is_public", True)),
                "specs": body.get("extra_specs"),
            }
        )
        found = views.full(kind, admin=True)
        del found["qos_specs_id"]
        resp.media = {"volume_type": found}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SHOW)
        admin = self._policy.allows(ctx, policies.ADMINS_VIEW)
        resp.media = {"volume_type": views.full(self._types.get(ctx, resource_id), admin=admin)}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        body = http.body(req, schemas.UPDATE)["volume_type"]
        changes = {name: value for name, value in body.items() if value is not None}
        if not changes:
            raise errors.BadRequest(
                reason="Specify volume type name, description, is_public or a combination thereof."
            )
        if "name" in changes and not changes["name"].strip():
            raise errors.BadRequest(reason="Volume type name can not be empty.")
        if "is_public" in changes:
            changes["is_public"] = is_true(changes["is_public"])
        resp.media = {"volume_type": views.changed(self._types.update(ctx, resource_id, changes))}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        self._types.delete(ctx, resource_id)
        resp.status = falcon.HTTP_202


def public(req: falcon.Request) -> bool | None:
    """Return which types are meant: the public ones, unless an administrator says otherwise."""
    given = req.get_param("is_public")
    if not req.context.ctx.is_admin:
        return None
    if given is None:
        return True
    if given.lower() == "none":
        return None
    if given.lower() not in ("true", "false", "1", "0"):
        raise errors.BadRequest(reason=f"Invalid is_public filter [{given}]: True, False or None.")
    return is_true(given)


class SpecsResource:
    """/v3/types/{resource_id}/extra_specs and /{key} below it"""

    def __init__(self, policy: Policy, types: Types) -> None:
        self._policy = policy
        self._types = types

    def _shown(self, req: falcon.Request, resource_id: str) -> dict[str, str]:
        kind = self._types.get(req.context.ctx, resource_id)
        admin = self._policy.allows(req.context.ctx, policies.ADMINS_VIEW)
        found: dict[str, str] = views.full(kind, admin=admin)["extra_specs"]
        return found

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SPECS)
        resp.media = {"extra_specs": self._shown(req, resource_id)}

    def on_post(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SET_SPECS)
        given = http.body(req, schemas.EXTRA_SPECS)["extra_specs"]
        self._types.set_specs(ctx, resource_id, given)
        resp.media = {"extra_specs": given}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SPECS)
        shown = self._shown(req, resource_id)
        if key not in shown:
            raise SpecNotFound(type_id=resource_id, key=key)
        resp.media = {key: shown[key]}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SET_SPECS)
        given = http.body(req, schemas.ONE_SPEC)
        if key not in given:
            raise errors.BadRequest(reason="Request body and URI mismatch.")
        self._types.set_specs(ctx, resource_id, given)
        resp.media = given

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.SET_SPECS)
        self._types.delete_spec(ctx, resource_id, key)
        resp.status = falcon.HTTP_202


class AccessResource:
    """/v3/types/{resource_id}/os-volume-type-access and /v3/types/{resource_id}/action"""

    def __init__(self, policy: Policy, types: Types) -> None:
        self._policy = policy
        self._types = types

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ACCESS)
        found = self._types.projects(ctx, resource_id)
        resp.media = {
            "volume_type_access": [
                {"volume_type_id": resource_id, "project_id": one} for one in found
            ]
        }

    def on_post_action(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ACCESS)
        body = http.body(req, schemas.ACCESS)
        name, given = next(iter(body.items()))
        change = self._types.allow if name == "addProjectAccess" else self._types.forbid
        change(ctx, resource_id, given["project"])
        resp.status = falcon.HTTP_202


class EncryptionResource:
    """/v3/types/{resource_id}/encryption and /{key} below it: an item to read, an id to change"""

    def __init__(self, policy: Policy, types: Types) -> None:
        self._policy = policy
        self._types = types

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        found = self._types.encryption(ctx, resource_id)
        resp.media = views.encryption(found) if found else {}

    def on_post(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        given = _sized(http.body(req, schemas.ENCRYPTION)["encryption"])
        made = self._types.encrypt(ctx, resource_id, {"cipher": None, "key_size": None} | given)
        names = ("volume_type_id", "encryption_id", *schemas.ENCRYPTION_NAMES)
        shown = views.encryption(made)
        resp.media = {"encryption": {name: shown[name] for name in names}}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        found = self._types.encryption(ctx, resource_id)
        shown: dict[str, Any] = views.encryption(found) if found else {}
        if key not in shown:
            raise EncryptionNotFound(type_id=resource_id)
        resp.media = {key: shown[key]}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        given = _sized(http.body(req, schemas.ENCRYPTION_UPDATE)["encryption"])
        self._types.change_encryption(ctx, resource_id, key, given)
        resp.media = {"encryption": given}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ENCRYPTION)
        self._types.decrypt(ctx, resource_id, key)
        resp.status = falcon.HTTP_202


def _sized(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("key_size") is not None:
        return given | {"key_size": int(given["key_size"])}
    return given


class DefaultTypesResource:
    """/v3/default-types and /v3/default-types/{project_id}, from 3.62 on"""

    def __init__(self, policy: Policy, types: Types) -> None:
        self._policy = policy
        self._types = types

    def _check(self, req: falcon.Request) -> None:
        self._policy.authorize(req.context.ctx, policies.DEFAULTS)
        requests.since(req, DEFAULTS_SINCE)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req)
        resp.media = {"default_types": [_default(one) for one in self._types.defaults()]}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._check(req)
        resp.media = {"default_type": _default(self._types.default_of(project_id))}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._check(req)
        named = http.body(req, schemas.DEFAULT)["default_type"]["volume_type"]
        found = self._types.set_default(req.context.ctx, project_id, named)
        resp.media = {"default_type": _default(found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._check(req)
        self._types.unset_default(project_id)
        resp.status = falcon.HTTP_204


def _default(found: Any) -> dict[str, str]:
    return {"project_id": found.project_id, "volume_type_id": found.type_id}
