"""/groups, /group_snapshots and /group_types."""

from typing import Any

import falcon

from common import errors, http
from common.policy import Policy, Rule
from volume.api import requests
from volume.api.actions import Handler
from volume.api.types import public
from volume.db import groups as queries
from volume.db.models import GroupSnapshot, GroupType
from volume.logic.group_types import GroupTypes
from volume.logic.groups import Groups, Shown
from volume.policies import groups as policies
from volume.schemas import groups as schemas
from volume.schemas.volumes import is_true
from volume.views.common import moment

TYPES_SINCE, SINCE, SNAPSHOTS_SINCE = (3, 11), (3, 13), (3, 14)
RESET_SNAPSHOT_SINCE, RESET_SINCE = (3, 19), (3, 20)
VOLUMES_SINCE, REPLICATION_SINCE, PROJECT_SINCE = (3, 25), (3, 38), (3, 58)


class GroupTypesResource:
    """/v3/group_types and /v3/group_types/{resource_id}"""

    def __init__(self, policy: Policy, types: GroupTypes) -> None:
        self._policy = policy
        self._types = types

    def _check(self, req: falcon.Request, rule: Rule) -> None:
        self._policy.authorize(req.context.ctx, rule)
        requests.since(req, TYPES_SINCE)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req, policies.TYPES)
        page, offset = requests.page(req, queries.TYPES_SORTABLE)
        found = requests.fetched(
            lambda: self._types.list(req.context.ctx, page, offset, public=public(req)),
            page.marker,
        )
        shown = [self._view(req, one) for one in found]
        resp.media = requests.listed(req, "group_types", shown, page.limit)

    def _view(self, req: falcon.Request, kind: GroupType) -> dict[str, Any]:
        found: dict[str, Any] = {
            "id": kind.id,
            "name": kind.name,
            "description": kind.description,
            "is_public": kind.is_public,
        }
        if self._policy.allows(req.context.ctx, policies.SPECS):
            found["group_specs"] = kind.specs
        return found

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req, policies.SET_TYPES)
        body = http.body(req, schemas.TYPE)["group_type"]
        made = self._types.create(
            {
                "name": body["name"].strip(),
                "description": body.get("description"),
                "is_public": is_true(body.get("is_public", True)),
                "specs": body.get("group_specs") or {},
            }
        )
        resp.status = falcon.HTTP_202
        resp.media = {"group_type": self._view(req, made)}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._check(req, policies.TYPES)
        found = self._types.get(req.context.ctx, resource_id)
        resp.media = {"group_type": self._view(req, found)}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._check(req, policies.SET_TYPES)
        body = http.body(req, schemas.TYPE_UPDATE)["group_type"]
        changes = {key: value for key, value in body.items() if value is not None}
        if not changes or not str(changes.get("name", "x")).strip():
            raise errors.BadRequest(reason="Specify a name, a description or is_public.")
        if "is_public" in changes:
            changes["is_public"] = is_true(changes["is_public"])
        found = self._types.update(req.context.ctx, resource_id, changes)
        resp.media = {"group_type": self._view(req, found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._check(req, policies.SET_TYPES)
        self._types.delete(req.context.ctx, resource_id)
        resp.status = falcon.HTTP_202


class GroupSpecsResource:
    """/v3/group_types/{resource_id}/group_specs and /{key} below it"""

    def __init__(self, policy: Policy, types: GroupTypes) -> None:
        self._policy = policy
        self._types = types

    def _check(self, req: falcon.Request, rule: Rule) -> None:
        self._policy.authorize(req.context.ctx, rule)
        requests.since(req, TYPES_SINCE)

    def on_get(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._check(req, policies.SPECS)
        resp.media = {"group_specs": self._types.get(req.context.ctx, resource_id).specs}

    def on_post(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._check(req, policies.SET_TYPES)
        given = http.body(req, schemas.TYPE_SPECS)["group_specs"]
        self._types.set_specs(req.context.ctx, resource_id, given)
        resp.status = falcon.HTTP_202
        resp.media = {"group_specs": given}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        self._check(req, policies.SPECS)
        resp.media = self._types.spec(req.context.ctx, resource_id, key)

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        self._check(req, policies.SET_TYPES)
        given = http.body(req, schemas.TYPE_SPEC)
        if key not in given:
            raise errors.BadRequest(reason="Request body and URI mismatch.")
        self._types.set_specs(req.context.ctx, resource_id, given)
        resp.media = given

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, resource_id: str, key: str
    ) -> None:
        self._check(req, policies.SET_TYPES)
        self._types.delete_spec(req.context.ctx, resource_id, key)
        resp.status = falcon.HTTP_202


class GroupsResource:
    """/v3/groups, /v3/groups/detail, /v3/groups/action and /v3/groups/{resource_id}"""

    def __init__(self, policy: Policy, groups: Groups) -> None:
        self._policy = policy
        self._groups = groups

    def _all(self, req: falcon.Request) -> tuple[list[Shown], int]:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        requests.since(req, SINCE)
        page, offset = requests.page(req, queries.SORTABLE)
        everywhere = is_true(req.get_param("all_tenants"))
        found = requests.fetched(
            lambda: self._groups.list(req.context.ctx, page, offset, everywhere=everywhere),
            page.marker,
        )
        return found, page.limit

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        found, limit = self._all(req)
        shown = [{"id": one.group.id, "name": one.group.name} for one in found]
        resp.media = requests.listed(req, "groups", shown, limit)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        found, limit = self._all(req)
        resp.media = requests.listed(req, "groups", [_view(req, one) for one in found], limit)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.CREATE)
        requests.since(req, SINCE)
        body = http.body(req, schemas.CREATE)["group"]
        group = self._groups.create(req.context.ctx, body)
        resp.status = falcon.HTTP_202
        resp.media = {"group": {"id": group.id, "name": group.name}}

    def on_post_action(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.CREATE)
        requests.since(req, SNAPSHOTS_SINCE)
        body = http.body(req, schemas.COPY)["create-from-src"]
        group = self._groups.copy(req.context.ctx, body)
        resp.status = falcon.HTTP_202
        resp.media = {"group": {"id": group.id, "name": group.name}}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        requests.since(req, SINCE)
        resp.media = {"group": _view(req, self._groups.get(req.context.ctx, resource_id))}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        requests.since(req, SINCE)
        body = http.body(req, schemas.UPDATE)["group"]
        changes = {key: body[key] for key in ("name", "description") if body.get(key) is not None}
        for word in ("add", "remove"):
            given = body.get(f"{word}_volumes") or ""
            changes[word] = [one.strip() for one in given.split(",") if one.strip()]
        self._groups.update(req.context.ctx, resource_id, changes)
        resp.status = falcon.HTTP_202


def _view(req: falcon.Request, shown: Shown) -> dict[str, Any]:
    group = shown.group
    found: dict[str, Any] = {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "status": shown.status,
        "availability_zone": group.zone,
        "created_at": moment(group.created_at),
        "group_type": group.group_type_id,
        "volume_types": group.volume_types,
    }
    if not requests.before(req, SNAPSHOTS_SINCE):
        found["group_snapshot_id"] = group.source_snapshot_id
        found["source_group_id"] = group.source_group_id
    if not requests.before(req, VOLUMES_SINCE) and is_true(req.get_param("list_volume")):
        found["volumes"] = list(shown.volume_ids)
    if not requests.before(req, REPLICATION_SINCE):
        found["replication_status"] = "disabled"
    if not requests.before(req, PROJECT_SINCE) and req.context.ctx.is_admin:
        found["project_id"] = group.project_id
    return found


class GroupActions:
    """What /v3/groups/{resource_id}/action does."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "delete": (policies.DELETE, self._delete),
            "reset_status": (policies.RESET, self._reset),
        }

    def _delete(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        requests.since(req, SINCE)
        with_volumes = is_true(given.get("delete-volumes"))
        self._groups.delete(req.context.ctx, one, with_volumes=with_volumes)

    def _reset(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        requests.since(req, RESET_SINCE)
        self._groups.reset(req.context.ctx, one, given["status"])


class GroupSnapshotsResource:
    """/v3/group_snapshots, /v3/group_snapshots/detail and /v3/group_snapshots/{resource_id}"""

    def __init__(self, policy: Policy, groups: Groups) -> None:
        self._policy = policy
        self._groups = groups

    def _all(self, req: falcon.Request) -> tuple[list[tuple[GroupSnapshot, str]], int]:
        self._policy.authorize(req.context.ctx, policies.SHOW_SNAPSHOTS)
        requests.since(req, SNAPSHOTS_SINCE)
        page, offset = requests.page(req, queries.SNAPSHOTS_SORTABLE)
        everywhere = is_true(req.get_param("all_tenants"))
        found = requests.fetched(
            lambda: self._groups.snapshots(req.context.ctx, page, offset, everywhere=everywhere),
            page.marker,
        )
        return found, page.limit

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        found, limit = self._all(req)
        shown = [{"id": one.id, "name": one.name} for one, _ in found]
        resp.media = requests.listed(req, "group_snapshots", shown, limit)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        found, limit = self._all(req)
        shown = [_view_snapshot(req, *one) for one in found]
        resp.media = requests.listed(req, "group_snapshots", shown, limit)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.SNAPSHOT)
        requests.since(req, SNAPSHOTS_SINCE)
        body = http.body(req, schemas.SNAPSHOT)["group_snapshot"]
        made = self._groups.snapshot(
            req.context.ctx, body["group_id"], body.get("name"), body.get("description")
        )
        resp.status = falcon.HTTP_202
        shown = {"id": made.id, "name": made.name, "group_type_id": made.group_type_id}
        resp.media = {"group_snapshot": shown}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW_SNAPSHOTS)
        requests.since(req, SNAPSHOTS_SINCE)
        found = self._groups.get_snapshot(req.context.ctx, resource_id)
        resp.media = {"group_snapshot": _view_snapshot(req, *found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, resource_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SNAPSHOT)
        requests.since(req, SNAPSHOTS_SINCE)
        self._groups.delete_snapshot(req.context.ctx, resource_id)
        resp.status = falcon.HTTP_202


def _view_snapshot(req: falcon.Request, made: GroupSnapshot, status: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": made.id,
        "name": made.name,
        "description": made.description,
        "status": status,
        "group_id": made.group_id,
        "group_type_id": made.group_type_id,
        "created_at": moment(made.created_at),
    }
    if not requests.before(req, PROJECT_SINCE) and req.context.ctx.is_admin:
        found["project_id"] = made.project_id
    return found


class GroupSnapshotActions:
    """What /v3/group_snapshots/{resource_id}/action does."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self.handlers: dict[str, tuple[Rule, Handler]] = {
            "reset_status": (policies.RESET_SNAPSHOT, self._reset)
        }

    def _reset(self, req: falcon.Request, resp: falcon.Response, one: str, given: Any) -> None:
        requests.since(req, RESET_SNAPSHOT_SINCE)
        self._groups.reset_snapshot(req.context.ctx, one, given["status"])
