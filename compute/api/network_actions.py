"""Server actions about addresses: until 2.43, and two that only administrators know."""

from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from compute.logic.addresses import Addresses
from compute.logic.floating_ips import FloatingIps
from compute.policies import servers as policies
from compute.schemas import network_actions as schemas

KNOWN_UNTIL = (2, 43)


class NetworkActions:
    """What POST /servers/{id}/action does for these; the caller may act on servers already."""

    def __init__(self, policy: Policy, floating_ips: FloatingIps, addresses: Addresses) -> None:
        self._policy = policy
        self._floating_ips = floating_ips
        self._addresses = addresses
        self.handlers = {
            "addFloatingIp": self._add_floating,
            "removeFloatingIp": self._remove_floating,
            "addFixedIp": self._add_fixed,
            "removeFixedIp": self._remove_fixed,
            "injectNetworkInfo": self._inject,
            "resetNetwork": self._reset,
        }

    def _check(self, req: falcon.Request, name: str, given: Any) -> None:
        if req.context.version > KNOWN_UNTIL:
            raise errors.NotFound()
        http.check({name: given}, schemas.BODIES[name])

    def _add_floating(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._check(req, "addFloatingIp", given)
        fixed = given.get("fixed_address")
        self._floating_ips.associate(req.context.ctx, server_id, given["address"], fixed)

    def _remove_floating(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._check(req, "removeFloatingIp", given)
        self._floating_ips.dissociate(req.context.ctx, server_id, given["address"])

    def _add_fixed(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._check(req, "addFixedIp", given)
        self._addresses.add(req.context.ctx, server_id, str(given["networkId"]))

    def _remove_fixed(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._check(req, "removeFixedIp", given)
        self._addresses.remove(req.context.ctx, server_id, given["address"])

    def _inject(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.RESET)
        self._addresses.of(req.context.ctx, server_id)
        self._addresses.look_again(server_id)

    def _reset(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over: bool
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.RESET)
        raise errors.Gone(reason="The action resetNetwork was removed from the Compute API.")
