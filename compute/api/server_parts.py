"""What is shown below a server: addresses, security groups, what was asked of it."""

from typing import Any

import falcon

from common import errors, paging
from common.clock import iso_micro
from common.policy import Policy
from compute import states
from compute.api.versions import since
from compute.db.models import Action, Server
from compute.logic.diagnostics import Diagnostics
from compute.logic.servers import Servers
from compute.policies import servers as policies
from compute.views import diagnostics as diagnostics_views
from compute.views import servers as views


class AddressesResource:
    """/servers/{server_id}/ips and /ips/{label}"""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        resp.media = {"addresses": self._found(req, server_id)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, label: str
    ) -> None:
        found = self._found(req, server_id)
        if label not in found:
            raise errors.NotFound()
        resp.media = {label: found[label]}

    def _found(self, req: falcon.Request, server_id: str) -> dict[str, list[dict[str, Any]]]:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        _, parts = self._servers.get(req.context.ctx, server_id)
        return views.plain_addresses(parts)


class ServerActionsResource:
    """/servers/{server_id}/os-instance-actions and /{request_id} below it"""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        version = req.context.version
        _, found = self._servers.actions(req.context.ctx, server_id, deleted=version >= (2, 21))
        if version >= (2, 58):
            found = _page(found, paging.page(req, sort_keys=[]))
        resp.media = {"instanceActions": [_action(one, version) for one in found]}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, request_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        version = req.context.version
        server, found = self._servers.actions(
            req.context.ctx, server_id, deleted=version >= (2, 21)
        )
        one = next((action for action in found if action.request_id == request_id), None)
        if one is None:
            raise errors.NotFound()
        shown = _action(one, version)
        admin = self._policy.allows(req.context.ctx, policies.SHOW_HOST)
        if admin or version >= (2, 51):
            shown["events"] = [_event(one, server, version, admin=admin)]
        resp.media = {"instanceAction": shown}


def _page(found: list[Action], page: paging.Page) -> list[Action]:
    if page.marker is not None:
        ids = [one.request_id for one in found]
        if page.marker not in ids:
            raise errors.BadRequest(reason=f"marker [{page.marker}] not found")
        found = found[ids.index(page.marker) + 1 :]
    return found[: page.limit]


def _action(action: Action, version: tuple[int, int]) -> dict[str, Any]:
    shown = {
        "action": action.action,
        "instance_uuid": action.server_id,
        "request_id": action.request_id,
        "user_id": action.user_id,
        "project_id": action.project_id,
        "start_time": _time(action.started_at),
        "message": action.message,
    }
    if version >= (2, 58):
        shown["updated_at"] = _time(action.finished_at or action.started_at)
    return shown


def _event(
    action: Action, server: Server, version: tuple[int, int], *, admin: bool
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "event": states.event_of(action.action),
        "start_time": _time(action.started_at),
        "finish_time": _time(action.finished_at),
        "result": action.result,
    }
    if admin:
        shown["traceback"] = None
    if version >= (2, 62):
        shown["hostId"] = views.host_id(server)
        if admin:
            shown["host"] = action.host or ""
    if version >= (2, 84):
        shown["details"] = action.message
    return shown


def _time(moment: Any) -> str | None:
    text = iso_micro(moment)
    return None if text is None else text.removesuffix("Z")


class TopologyResource:
    """/servers/{server_id}/topology, from 2.78 on: no host here pins memory or processors."""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        since(req, (2, 78))
        self._servers.plain(req.context.ctx, server_id)
        resp.media = {"nodes": [], "pagesize_kb": None}


class DiagnosticsResource:
    """/servers/{server_id}/diagnostics"""

    def __init__(self, policy: Policy, diagnostics: Diagnostics) -> None:
        self._policy = policy
        self._diagnostics = diagnostics

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.DIAGNOSTICS)
        found = self._diagnostics.read(req.context.ctx, server_id)
        view = (
            diagnostics_views.whole if req.context.version >= (2, 48) else diagnostics_views.named
        )
        resp.media = view(*found)


class PasswordResource:
    """/servers/{server_id}/os-server-password: what the guest left at the metadata service."""

    def __init__(self, policy: Policy, servers: Servers) -> None:
        self._policy = policy
        self._servers = servers

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        server = self._servers.plain(req.context.ctx, server_id)
        resp.media = {"password": server.guest_password or ""}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        self._servers.forget_password(req.context.ctx, server_id)
        resp.status = falcon.HTTP_204
