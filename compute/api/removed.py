"""What Compute once had and has no more: it says so, at every microversion."""

import falcon

from common import errors
from common.policy import Policy
from compute.policies import older as policies


class RemovedResource:
    """Any method of a part of the API that is gone."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._gone(req)

    def on_post(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._gone(req)

    def on_put(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._gone(req)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **_: str) -> None:
        self._gone(req)

    def _gone(self, req: falcon.Request) -> None:
        self._policy.authorize(req.context.ctx, policies.GONE)
        raise errors.Gone(reason=f"{req.path} was removed from the Compute API.")


PATHS = (
    *("/os-agents", "/os-agents/{agent_id}", "/os-cells", "/os-cells/{cell}"),
    *("/os-cells/{cell}/capacities", "/os-certificates", "/os-certificates/{name}"),
    *("/os-cloudpipe", "/os-cloudpipe/{name}", "/os-fixed-ips/{address}"),
    *("/os-fixed-ips/{address}/action", "/os-floating-ip-dns", "/os-floating-ip-dns/{domain}"),
    *("/os-floating-ip-dns/{domain}/entries/{name}", "/os-floating-ips-bulk"),
    *("/os-floating-ips-bulk/{host}", "/os-fping", "/os-fping/{server_id}"),
    *("/os-networks/add", "/os-networks/{network_id}/action"),
    *("/os-security-group-default-rules", "/os-security-group-default-rules/{rule_id}"),
    *("/servers/{server_id}/consoles", "/servers/{server_id}/consoles/{console_id}"),
    "/servers/{server_id}/os-virtual-interfaces",
)
