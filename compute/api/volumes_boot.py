"""/os-volumes_boot: another name of /servers, until 2.102."""

from typing import Any

import falcon

from common.policy import Policy
from compute.api.versions import until
from compute.policies import older as policies

KNOWN_UNTIL = (2, 102)


class VolumesBootResource:
    """/os-volumes_boot, /detail, /{server_id} and its action

    listing, one, action: the resources of /servers that answer.
    """

    def __init__(self, policy: Policy, listing: Any, one: Any, action: Any) -> None:
        self._policy = policy
        self._listing = listing
        self._one = one
        self._action = action

    def _check(self, req: falcon.Request) -> None:
        self._policy.authorize(req.context.ctx, policies.GONE)
        until(req, KNOWN_UNTIL)

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req)
        self._listing.on_get(req, resp)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req)
        self._listing.on_post(req, resp)

    def on_get_detail(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._check(req)
        self._listing.on_get_detail(req, resp)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._check(req)
        self._one.on_get(req, resp, server_id)

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._check(req)
        self._one.on_put(req, resp, server_id)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._check(req)
        self._one.on_delete(req, resp, server_id)

    def on_post_action(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._check(req)
        self._action.on_post(req, resp, server_id)
