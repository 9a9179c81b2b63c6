"""/os-services, /os-hypervisors, /os-availability-zone"""

from typing import Any

import falcon

from common import errors, http, paging
from common.policy import Policy
from compute.api.versions import base_url, since, until
from compute.db.hosts import HostState
from compute.logic.hosts import HostNotFound, Hosts
from compute.policies import hosts as policies
from compute.schemas import hosts as schemas
from compute.schemas.common import truth
from compute.views import hosts as views


class ServicesResource:
    """/os-services and what is below it: a verb up to 2.52, a service's UUID from 2.53 on"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.SERVICES)
        found = self._hosts.services(req.get_param("host"), req.get_param("binary"))
        resp.media = {"services": [views.service(req.context.version, one) for one in found]}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SERVICES_EDIT)
        if req.context.version >= (2, 53):
            wanted = http.body(req, schemas.BY_ID)
            state = self._hosts.change_service(name, _changes(wanted, wanted.get("status")))
            resp.media = {"service": views.service(req.context.version, state)}
            return
        wanted = http.body(req, schemas.BY_HOST)
        status = {"enable": "enabled", "disable": "disabled", "disable-log-reason": "disabled"}
        if name == "force-down":
            since(req, (2, 11))
        elif name not in status:
            raise errors.NotFound()
        changes = _changes(wanted, status.get(name))
        state = self._hosts.change_service((wanted["host"], wanted["binary"]), changes)
        shown = views.service(req.context.version, state)
        kept = {
            "enable": ("host", "binary", "status"),
            "disable": ("host", "binary", "status"),
            "disable-log-reason": ("host", "binary", "status", "disabled_reason"),
            "force-down": ("host", "binary", "forced_down"),
        }[name]
        resp.media = {"service": {key: shown[key] for key in kept}}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SERVICES_EDIT)
        if req.context.version >= (2, 53):
            http.check(name, schemas.UUID)
        elif not name.isdigit():
            raise errors.BadRequest(reason=f"A service's id is a number, not {name!r}.")
        self._hosts.remove_service(name)
        resp.status = falcon.HTTP_204


def _changes(wanted: dict[str, Any], status: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if status is not None:
        changes["disabled"] = status == "disabled"
        changes["disabled_reason"] = wanted.get("disabled_reason")
    elif "disabled_reason" in wanted:
        raise errors.BadRequest(reason="A reason goes with status disabled.")
    if "forced_down" in wanted:
        changes["forced_down"] = truth(wanted["forced_down"])
    return changes


class HypervisorsResource:
    """/os-hypervisors, /detail, /statistics, /{id}, /{id}/uptime|search|servers"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, views.hypervisor_brief)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._list(req, resp, views.hypervisor)

    def _list(self, req: falcon.Request, resp: falcon.Response, view: Any) -> None:
        self._policy.authorize(req.context.ctx, policies.HYPERVISORS)
        version = req.context.version
        found = self._hosts.list(servers=True)
        pattern = req.get_param("hypervisor_hostname_pattern") if version >= (2, 53) else None
        if pattern is not None:
            found = [one for one in found if pattern in one.host.name]
            if not found:
                raise HostNotFound(host_id=pattern)
        page = paging.page(req, sort_keys=[]) if version >= (2, 33) else paging.Page()
        found, more = _cut(found, page)
        with_servers = version >= (2, 53) and truth(req.get_param("with_servers"))
        shown = []
        for one in found:
            entry = view(version, one)
            if with_servers and (one.servers or version >= (2, 75)):
                entry["servers"] = views.servers(one)
            shown.append(entry)
        resp.media = {"hypervisors": shown}
        if more:
            href = f"{base_url(req)}{req.path}?limit={page.limit}&marker={shown[-1]['id']}"
            resp.media["hypervisors_links"] = [{"rel": "next", "href": href}]

    def on_get_statistics(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.HYPERVISORS)
        until(req, (2, 87))
        found = self._hosts.list(servers=True)
        resp.media = {"hypervisor_statistics": {"count": len(found), **views.figures(found)}}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, host_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.HYPERVISORS)
        state = self._hosts.get(host_id, servers=True)
        shown = views.hypervisor(req.context.version, state)
        if req.context.version >= (2, 53) and truth(req.get_param("with_servers")):
            shown["servers"] = views.servers(state)
        resp.media = {"hypervisor": shown}

    def on_get_uptime(self, req: falcon.Request, resp: falcon.Response, host_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.HYPERVISORS)
        until(req, (2, 87))
        state = self._hosts.get(host_id)
        shown = views.hypervisor_brief(req.context.version, state)
        resp.media = {"hypervisor": shown | {"uptime": views.uptime(state)}}

    def on_get_search(self, req: falcon.Request, resp: falcon.Response, host_id: str) -> None:
        shown = [
            views.hypervisor_brief(req.context.version, one) for one in self._named(req, host_id)
        ]
        resp.media = {"hypervisors": shown}

    def on_get_servers(self, req: falcon.Request, resp: falcon.Response, host_id: str) -> None:
        shown = []
        for one in self._named(req, host_id):
            entry = views.hypervisor_brief(req.context.version, one)
            if one.servers:
                entry["servers"] = views.servers(one)
            shown.append(entry)
        resp.media = {"hypervisors": shown}

    def _named(self, req: falcon.Request, name: str) -> list[HostState]:
        self._policy.authorize(req.context.ctx, policies.HYPERVISORS)
        until(req, (2, 52))
        found = [one for one in self._hosts.list(servers=True) if name in one.host.name]
        if not found:
            raise HostNotFound(host_id=name)
        return found


def _cut(found: list[HostState], page: paging.Page) -> tuple[list[HostState], bool]:
    if page.marker is not None:
        marks = [one.host.id for one in found]
        numbers = [str(one.host.number) for one in found]
        known = marks if page.marker in marks else numbers
        if page.marker not in known:
            raise errors.BadRequest(reason=f"marker [{page.marker}] not found")
        found = found[known.index(page.marker) + 1 :]
    return found[: page.limit], len(found) > page.limit


class ZonesResource:
    """/os-availability-zone and /detail below it"""

    def __init__(self, policy: Policy, hosts: Hosts) -> None:
        self._policy = policy
        self._hosts = hosts

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.ZONES)
        found = self._hosts.zones(req.context.ctx)
        resp.media = {"availabilityZoneInfo": views.zones(found, detailed=False)}

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.ZONES_DETAIL)
        found = self._hosts.zones(req.context.ctx)
        resp.media = {"availabilityZoneInfo": views.zones(found, detailed=True)}
