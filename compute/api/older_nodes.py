"""/os-baremetal-nodes, until 2.35: this cloud has no service for bare machines."""

import falcon

from common import errors
from common.policy import Policy
from compute.api.versions import until
from compute.policies import older as policies

KNOWN_UNTIL = (2, 35)


class BaremetalResource:
    """/os-baremetal-nodes, and one below it with its action"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._check(req)
        raise errors.NotImplementedHere(reason="This cloud has no bare metal service.")

    def on_post(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._refuse(req)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._refuse(req)

    def _refuse(self, req: falcon.Request) -> None:
        self._check(req)
        raise errors.BadRequest(reason="Compute does not change bare metal nodes.")

    def _check(self, req: falcon.Request) -> None:
        self._policy.authorize(req.context.ctx, policies.HOSTS)
        until(req, KNOWN_UNTIL)
