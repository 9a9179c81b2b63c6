"""The actions that repair a guest: rescue and back, its password, the interrupt for a dump."""

from typing import Any

import falcon

from common import errors
from compute import states
from compute.logic.passwords import Passwords
from compute.logic.rescuing import Rescuing
from compute.logic.restoring import Restoring
from compute.logic.servers import Servers
from compute.scheduler import request


class GuestActions:
    """Below /servers/{server_id}/action."""

    def __init__(
        self, rescuing: Rescuing, passwords: Passwords, servers: Servers, restoring: Restoring
    ) -> None:
        self._restoring = restoring
        self._rescuing = rescuing
        self._passwords = passwords
        self._servers = servers
        self.handlers = {
            "rescue": self._rescue,
            "unrescue": self._unrescue,
            "changePassword": self._change_password,
            "trigger_crash_dump": self._crash_dump,
            "restore": self._restore,
        }

    def _rescue(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        ctx = req.context.ctx
        latest = req.context.version >= (2, 87)
        password = self._rescuing.rescue(
            ctx, server_id, given or {}, over_lock=over, of_volumes=latest
        )
        resp.status = falcon.HTTP_200
        resp.media = {"adminPass": password}

    def _unrescue(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._servers.act(req.context.ctx, server_id, states.UNRESCUE, over_lock=over)

    def _change_password(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        password = given["adminPass"]
        self._passwords.change(req.context.ctx, server_id, password, over_lock=over)

    def _restore(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._restoring.restore(req.context.ctx, server_id)

    def _crash_dump(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        """Refuse a container at once: the kernel that would write the dump is the host's."""
        if req.context.version < (2, 17):
            raise errors.BadRequest(reason="There is no such action: trigger_crash_dump.")
        server = self._servers.plain(req.context.ctx, server_id)
        if request.kind_of(server.flavor, server.image) == "container":
            raise errors.BadRequest(
                reason="Unable to trigger crash dump: a container has no kernel of its own."
            )
        self._servers.act(req.context.ctx, server_id, states.CRASH_DUMP, over_lock=over)
