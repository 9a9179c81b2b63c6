"""The actions that change a server's size or place."""

from typing import Any

import falcon

from common.policy import Policy
from compute.logic.moving import Moving
from compute.logic.resizing import Resizing
from compute.policies import servers as policies


class ResizeActions:
    """Below /servers/{server_id}/action."""

    def __init__(self, policy: Policy, resizing: Resizing, moving: Moving) -> None:
        self._policy = policy
        self._resizing = resizing
        self._moving = moving
        self.handlers = {
            "resize": self._resize,
            "confirmResize": self._confirm,
            "revertResize": self._revert,
            "migrate": self._migrate,
            "os-migrateLive": self._migrate_live,
            "evacuate": self._evacuate,
        }

    def _resize(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._resizing.resize(req.context.ctx, server_id, given, over_lock=over)

    def _confirm(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._resizing.confirm(req.context.ctx, server_id, over_lock=over)
        resp.status = falcon.HTTP_204

    def _revert(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._resizing.revert(req.context.ctx, server_id, over_lock=over)

    def _migrate(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.MIGRATE)
        host = (given or {}).get("host") if req.context.version >= (2, 56) else None
        self._moving.migrate(req.context.ctx, server_id, host)

    def _migrate_live(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.MIGRATE)
        self._moving.migrate_live(req.context.ctx, server_id, given["host"])

    def _evacuate(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.MIGRATE)
        self._moving.evacuate(req.context.ctx, server_id, given.get("host"))
