"""/os-quota-sets, /limits, /os-simple-tenant-usage, /os-server-groups"""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import falcon

from common import clock, errors, http, paging
from common.policy import Policy
from compute.api.versions import base_url
from compute.db.models import Server
from compute.db.quotas import DEFAULT
from compute.logic.projects import Quotas, ServerGroups, Usage
from compute.policies import projects as policies
from compute.schemas import projects as schemas
from compute.schemas.common import truth
from compute.views import projects as views


class QuotasResource:
    """/os-quota-sets/{project_id}, /defaults and /detail below it"""

    def __init__(self, policy: Policy, quotas: Quotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def _may_see(self, req: falcon.Request, project_id: str) -> None:
        target = {"project_id": project_id, "user_id": req.context.ctx.user_id}
        self._policy.authorize(req.context.ctx, policies.QUOTA_SHOW, target)

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._may_see(req, project_id)
        limits = self._quotas.limits(project_id)
        resp.media = views.quota_set(req.context.version, limits, project_id)

    def on_get_defaults(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_SHOW)
        limits = self._quotas.limits(DEFAULT)
        resp.media = views.quota_set(req.context.version, limits, project_id)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._may_see(req, project_id)
        limits, used = self._quotas.limits(project_id), self._quotas.usage(project_id)
        resp.media = views.quota_detail(req.context.version, limits, used, project_id)

    def on_put(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_SET)
        wanted = http.body(req, schemas.QUOTAS)["quota_set"]
        allowed = {*views.names(req.context.version), "force", "tenant_id"}
        for name in wanted:
            if name not in allowed:
                raise errors.BadRequest(reason=f"{name} has no quota at this microversion.")
        values = {k: int(v) for k, v in wanted.items() if k not in ("force", "tenant_id")}
        self._quotas.update(project_id, values, force=truth(wanted.get("force")))
        resp.media = views.quota_set(req.context.version, self._quotas.limits(project_id))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_SET)
        self._quotas.reset(project_id)
        resp.status = falcon.HTTP_202


class QuotaClassesResource:
    """/os-quota-class-sets/{name}: `default` is the class that counts; any other shows it too."""

    def __init__(self, policy: Policy, quotas: Quotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_CLASS)
        limits = self._quotas.limits(DEFAULT)
        resp.media = views.quota_class(req.context.version, limits, name)

    def on_put(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_CLASS)
        wanted = http.body(req, schemas.QUOTA_CLASS)["quota_class_set"]
        if name != DEFAULT:
            raise errors.BadRequest(reason=f"No quota class {name} is in use here.")
        for resource in wanted:
            if resource not in views.class_names(req.context.version):
                raise errors.BadRequest(reason=f"{resource} has no quota at this microversion.")
        values = {resource: int(limit) for resource, limit in wanted.items()}
        self._quotas.update(DEFAULT, values, force=True)
        limits = self._quotas.limits(DEFAULT)
        resp.media = views.quota_class(req.context.version, limits)


class LimitsResource:
    """/limits"""

    def __init__(self, policy: Policy, quotas: Quotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIMITS)
        project_id = req.get_param("tenant_id") or ctx.project_id or ""
        if project_id != ctx.project_id:
            self._policy.authorize(ctx, policies.LIMITS_ANY)
        limits = self._quotas.limits(project_id)
        resp.media = views.limits(req.context.version, limits, self._quotas.usage(project_id))


class UsageResource:
    """/os-simple-tenant-usage and /{project_id} below it"""

    def __init__(self, policy: Policy, usage: Usage) -> None:
        self._policy = policy
        self._usage = usage

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.USAGE_ALL)
        start, stop = _period(req)
        detailed = req.get_param("detailed") == "1"
        every = [pair for part in self._usage.of(None, start, stop).values() for pair in part]
        kept, more = _cut(req, every)
        found: dict[str, list[Any]] = {}
        for pair in kept:
            found.setdefault(pair[0].project_id, []).append(pair)
        resp.media = {
            "tenant_usages": [
                views.usage(project, servers, _iso(start), _iso(stop), detailed=detailed)
                for project, servers in found.items()
            ]
        }
        if more:
            resp.media["tenant_usages_links"] = _next(req, kept[-1][0].id)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        target = {"project_id": project_id, "user_id": req.context.ctx.user_id}
        self._policy.authorize(req.context.ctx, policies.USAGE, target)
        if not project_id:
            raise errors.NotFound()
        start, stop = _period(req)
        servers = self._usage.of(project_id, start, stop).get(project_id, [])
        servers, more = _cut(req, servers)
        shown: dict[str, Any] = {}
        if servers:
            shown = views.usage(project_id, servers, _iso(start), _iso(stop), detailed=True)
        resp.media = {"tenant_usage": shown}
        if more:
            resp.media["tenant_usage_links"] = _next(req, servers[-1][0].id)


def _cut(
    req: falcon.Request, servers: list[tuple[Server, float]]
) -> tuple[list[tuple[Server, float]], bool]:
    """Return one page of servers, from 2.40 on, and whether more follow."""
    if req.context.version < (2, 40):
        return servers, False
    page = paging.page(req, sort_keys=[])
    if page.marker is not None:
        ids = [server.id for server, _ in servers]
        if page.marker not in ids:
            raise errors.BadRequest(reason=f"marker [{page.marker}] not found")
        servers = servers[ids.index(page.marker) + 1 :]
    return servers[: page.limit], len(servers) > page.limit


def _next(req: falcon.Request, marker: str) -> list[dict[str, str]]:
    params = urlencode({**req.params, "marker": marker}, doseq=True)
    return [{"rel": "next", "href": f"{base_url(req)}{req.path}?{params}"}]


def _period(req: falcon.Request) -> tuple[dt.datetime, dt.datetime]:
    now = clock.utcnow()
    stop = _moment(req, "end", now)
    start = _moment(req, "start", now - dt.timedelta(days=28))
    if start >= stop:
        raise errors.BadRequest(
            reason="Invalid start time. The start time cannot occur after the end time."
        )
    return start, stop


def _moment(req: falcon.Request, name: str, default: dt.datetime) -> dt.datetime:
    given = req.get_param(name)
    if not given:
        return default
    try:
        return dt.datetime.fromisoformat(given).replace(tzinfo=None)
    except ValueError as error:
        raise errors.BadRequest(reason=f"Datetime is in invalid format: {given}") from error


def _iso(moment: dt.datetime) -> str:
    return moment.isoformat(timespec="microseconds")


class ServerGroupsResource:
    """/os-server-groups and /{group_id} below it"""

    def __init__(self, policy: Policy, groups: ServerGroups) -> None:
        self._policy = policy
        self._groups = groups

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.GROUP_SHOW)
        everywhere = ctx.is_admin and truth(req.get_param("all_projects"))
        found = self._groups.list(ctx, everywhere=everywhere)
        version = req.context.version
        resp.media = {"server_groups": [views.server_group(version, *pair) for pair in found]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.GROUP_EDIT)
        version = req.context.version
        wanted = http.body(req, schemas.group(version))["server_group"]
        policy = wanted["policy"] if version >= (2, 64) else wanted["policies"][0]
        limit = wanted.get("rules", {}).get("max_server_per_host")
        if limit is not None and policy != "anti-affinity":
            raise errors.BadRequest(reason="Only anti-affinity policy supports rules.")
        group = self._groups.create(
            req.context.ctx, wanted["name"], policy, int(limit) if limit is not None else None
        )
        resp.media = {"server_group": views.server_group(version, group, [])}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.GROUP_SHOW)
        found = self._groups.get(req.context.ctx, group_id)
        resp.media = {"server_group": views.server_group(req.context.version, *found)}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, group_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.GROUP_EDIT)
        self._groups.delete(req.context.ctx, group_id)
        resp.status = falcon.HTTP_204
