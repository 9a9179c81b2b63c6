"""POST /servers/{id}/action: one body, one verb."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import falcon

from common import errors, http
from common.policy import Policy
from compute import states
from compute.api.servers import viewer
from compute.logic.console import Console
from compute.logic.groups import ServerSecurityGroups
from compute.logic.rebuilding import Rebuilding
from compute.logic.servers import Servers
from compute.policies import servers as policies
from compute.schemas import actions as schemas
from compute.views import servers as views

Handler = Callable[[falcon.Request, falcon.Response, str, Any, bool], None]


class Actions(Protocol):
    """Some actions by their names, kept in a file of their own."""

    @property
    def handlers(self) -> Mapping[str, Handler]: ...


class ActionResource:
    """/servers/{server_id}/action"""

    def __init__(
        self,
        policy: Policy,
        servers: Servers,
        console: Console,
        groups: ServerSecurityGroups,
        rebuilding: Rebuilding,
        *more: Actions,
    ) -> None:
        self._policy = policy
        self._servers = servers
        self._console = console
        self._groups = groups
        self._rebuilding = rebuilding
        self._handlers: dict[str, Handler] = {
            "reboot": self._reboot,
            "os-stop": self._stop,
            "os-getConsoleOutput": self._read_console,
            "os-resetState": self._reset,
            "lock": self._lock,
            "unlock": self._unlock,
            "forceDelete": self._force_delete,
            "addSecurityGroup": self._add_group,
            "removeSecurityGroup": self._remove_group,
            "rebuild": self._rebuild,
        }
        for each in more:
            self._handlers |= each.handlers

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ACT)
        body = http.json_body(req)
        if not isinstance(body, dict) or len(body) != 1:
            raise errors.BadRequest(reason="There must be exactly one action in the body.")
        name, given = next(iter(body.items()))
        over_lock = self._policy.allows(ctx, policies.UNLOCK_ANY)
        verb = PLAIN.get(name)
        if verb is not None:
            self._servers.act(ctx, server_id, verb, over_lock=over_lock)
            resp.status = falcon.HTTP_202
            return
        handler = self._handlers.get(name)
        if handler is None:
            raise errors.BadRequest(reason=f"There is no such action: {name}.")
        if name in schemas.BODIES:
            http.check(body, schemas.body(name, req.context.version))
        resp.status = falcon.HTTP_202
        handler(req, resp, server_id, given, over_lock)

    def _reboot(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        hard = given["type"].upper() == "HARD"
        self._servers.reboot(req.context.ctx, server_id, hard=hard, over_lock=over)

    def _stop(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._servers.stop(req.context.ctx, server_id, over_lock=over)

    def _read_console(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.CONSOLE)
        length = (given or {}).get("length")
        lines = None if length is None or int(length) < 0 else int(length)
        server = self._servers.plain(req.context.ctx, server_id)
        resp.media = {"output": self._console.read(req.context.ctx, server, lines)}
        resp.status = falcon.HTTP_200

    def _reset(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.RESET)
        status = states.ACTIVE if given["state"] == "active" else states.ERROR
        self._servers.reset(req.context.ctx, server_id, status)

    def _lock(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        reason = given.get("locked_reason") if isinstance(given, dict) else None
        self._servers.lock(req.context.ctx, server_id, locked=True, reason=reason, admin=over)

    def _unlock(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._servers.lock(req.context.ctx, server_id, locked=False, reason=None, admin=over)

    def _force_delete(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.DELETE)
        self._servers.delete(req.context.ctx, server_id, over_lock=over, force=True)

    def _add_group(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._groups.add(req.context.ctx, server_id, given["name"])

    def _remove_group(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._groups.remove(req.context.ctx, server_id, given["name"])

    def _rebuild(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        ctx = req.context.ctx
        reimage = req.context.version >= (2, 93)
        password = self._rebuilding.rebuild(ctx, server_id, given, over_lock=over, reimage=reimage)
        server, parts = self._servers.get(ctx, server_id)
        whom = viewer(req, self._policy)
        resp.set_header("Location", views.links(whom, server_id)[0]["href"])
        resp.media = {"server": views.rebuilt(whom, server, parts, password)}


PLAIN = {
    "os-start": states.START,
    "pause": states.PAUSE,
    "unpause": states.UNPAUSE,
    "suspend": states.SUSPEND,
    "resume": states.RESUME,
}
