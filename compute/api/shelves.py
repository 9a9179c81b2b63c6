"""The actions that put a server away and bring it back."""

from typing import Any

import falcon

from common.policy import Policy
from compute.logic.shelving import Shelving
from compute.policies import servers as policies


class ShelveActions:
    """Below /servers/{server_id}/action."""

    def __init__(self, policy: Policy, shelving: Shelving) -> None:
        self._policy = policy
        self._shelving = shelving
        self.handlers = {
            "shelve": self._shelve,
            "shelveOffload": self._offload,
            "unshelve": self._unshelve,
        }

    def _shelve(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._shelving.shelve(req.context.ctx, server_id, over_lock=over)

    def _offload(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.OFFLOAD)
        self._shelving.offload(req.context.ctx, server_id, over_lock=over)

    def _unshelve(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        ctx = req.context.ctx
        wanted = (given or {}) if req.context.version >= (2, 77) else {}
        if "host" in wanted:
            self._policy.authorize(ctx, policies.UNSHELVE_TO_HOST)
        self._shelving.unshelve(ctx, server_id, wanted, over_lock=over)
