"""/os-networks and /os-tenant-networks"""

from collections.abc import Mapping
from typing import Any

import falcon

from common import errors
from common.policy import Policy
from compute.api.versions import until
from compute.logic.networks import Networks
from compute.policies import security_groups as policies

PASSED_ON_UNTIL = (2, 35)


class TenantNetworksResource:
    """/os-tenant-networks and /{network_id} below it"""

    def __init__(self, policy: Policy, networks: Networks) -> None:
        self._policy = policy
        self._networks = networks

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.NETWORKS)
        until(req, PASSED_ON_UNTIL)
        resp.media = {"networks": [_shown(one) for one in self._networks.list(req.context.ctx)]}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, network_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.NETWORKS)
        until(req, PASSED_ON_UNTIL)
        resp.media = {"network": _shown(self._networks.get(req.context.ctx, network_id))}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._gone(req)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, network_id: str) -> None:
        self._gone(req)

    def _gone(self, req: falcon.Request) -> None:
        self._policy.authorize(req.context.ctx, policies.NETWORKS)
        raise errors.Gone(reason="Networks are made and removed by the network service.")


class NetworksResource:
    """/os-networks and /{network_id} below it; what compute once made is not made here any more."""

    def __init__(self, policy: Policy, networks: Networks) -> None:
        self._policy = policy
        self._networks = networks

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.NETWORKS)
        until(req, PASSED_ON_UNTIL)
        shown = [_fields(one, admin=ctx.is_admin) for one in self._networks.list(ctx)]
        resp.media = {"networks": shown}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, network_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.NETWORKS)
        until(req, PASSED_ON_UNTIL)
        found = self._networks.get(ctx, network_id)
        resp.media = {"network": _fields(found, admin=ctx.is_admin)}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._gone(req)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, network_id: str) -> None:
        self._gone(req)

    def _gone(self, req: falcon.Request) -> None:
        self._policy.authorize(req.context.ctx, policies.NETWORKS)
        raise errors.Gone(reason="Networks are made and removed by the network service.")


def _shown(network: Mapping[str, Any]) -> dict[str, Any]:
    """cidr: a network has any number of subnets and no range of its own; the word says so."""
    return {"id": network["id"], "label": network["name"], "cidr": "None"}


_ALWAYS = (
    *("cidr", "netmask", "gateway", "broadcast", "dns1", "dns2"),
    *("cidr_v6", "gateway_v6", "netmask_v6"),
)
_ADMINS = (
    *("created_at", "updated_at", "deleted_at", "deleted", "injected", "bridge", "vlan"),
    *("vpn_public_address", "vpn_public_port", "vpn_private_address", "dhcp_start"),
    *("project_id", "host", "bridge_interface", "multi_host", "priority", "rxtx_base", "mtu"),
    *("dhcp_server", "enable_dhcp", "share_address"),
)


def _fields(network: Mapping[str, Any], *, admin: bool) -> dict[str, Any]:
    """Return a network's name and id; what compute's own networks once had beside is null."""
    names = (*_ALWAYS, *_ADMINS) if admin else _ALWAYS
    return {"id": network["id"], "label": network["name"], **dict.fromkeys(names)}
