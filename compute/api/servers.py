"""/servers, /servers/detail and /servers/{id}."""

from typing import Any
from urllib.parse import urlencode

import falcon

from common import http, paging
from common.policy import Policy
from compute.api.versions import base_url
from compute.db.servers import SORTABLE
from compute.logic import filters
from compute.logic.creation import Creation
from compute.logic.servers import Servers
from compute.policies import servers as policies
from compute.schemas import servers as schemas
from compute.schemas.common import truth
from compute.views import servers as views


def viewer(req: falcon.Request, policy: Policy) -> views.Viewer:
    """Return for whom an answer about servers is shaped."""
    return views.Viewer(
        version=req.context.version,
        base=base_url(req),
        sees_hosts=policy.allows(req.context.ctx, policies.SHOW_HOST),
    )


class ServersResource:
    """/servers, and /servers/detail"""

    def __init__(self, policy: Policy, creation: Creation, servers: Servers) -> None:
        self._policy = policy
        self._creation = creation
        self._servers = servers

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        body = http.body(req, schemas.create(req.context.version))
        wanted = body["server"]
        if "host" in wanted or "hypervisor_hostname" in wanted:
            self._policy.authorize(ctx, policies.CREATE_ON_HOST)
        hints = wanted.get("os:scheduler_hints") or body.get("os:scheduler_hints")
        hints = dict(hints or body.get("OS-SCH-HNT:scheduler_hints") or {})
        if isinstance(hints.get("group"), list):
            hints["group"] = next(iter(hints["group"]), None)
        made, password = self._creation.create(ctx, wanted, hints)
        resp.status = falcon.HTTP_202
        if truth(wanted.get("return_reservation_id")):
            resp.media = {"reservation_id": made[0].reservation_id}
            return
        whom = viewer(req, self._policy)
        resp.set_header("Location", views.links(whom, made[0].id)[0]["href"])
        resp.media = views.created(whom, made[0], password)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = self._list(req, detail=False)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = self._list(req, detail=True)

    def _list(self, req: falcon.Request, *, detail: bool) -> dict[str, Any]:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        if req.context.version >= (2, 75):
            filters.require_known(req.params)
        everywhere = self._everywhere(req)
        page = paging.page(req, sort_keys=list(SORTABLE))
        try:
            wanted = filters.conditions(
                ctx, req.params, req.context.version, all_projects=everywhere
            )
        except filters.NothingMatches:
            return {"servers": []}
        found, parts = self._servers.list(wanted, page, parts=detail)
        whom = viewer(req, self._policy)
        if detail:
            shown = [views.detail(whom, server, parts[server.id], listed=True) for server in found]
        else:
            shown = [views.brief(whom, server) for server in found]
        answer: dict[str, Any] = {"servers": shown}
        if found and len(found) == page.limit:
            params = {**req.params, "marker": found[-1].id}
            href = f"{whom.base}{req.path}?{urlencode(params, doseq=True)}"
            answer["servers_links"] = [{"rel": "next", "href": href}]
        return answer

    def _everywhere(self, req: falcon.Request) -> bool:
        given = req.params.get("all_tenants")
        if given is None or (given != "" and not truth(given)):
            return False
        self._policy.authorize(req.context.ctx, policies.LIST_ALL)
        return True


class ServerResource:
    """/servers/{server_id}"""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        server, parts = self._servers.get(req.context.ctx, server_id)
        resp.media = {"server": views.detail(viewer(req, self._policy), server, parts)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        wanted = http.body(req, schemas.update(req.context.version))["server"]
        server, parts = self._servers.update(req.context.ctx, server_id, wanted)
        resp.media = {"server": views.changed(viewer(req, self._policy), server, parts)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        over_lock = self._policy.allows(ctx, policies.UNLOCK_ANY)
        self._servers.delete(ctx, server_id, over_lock=over_lock)
        resp.status = falcon.HTTP_204
