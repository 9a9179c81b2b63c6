"""/servers/{server_id}/os-interface and /{port_id} below it"""

from collections.abc import Mapping
from typing import Any

import falcon

from common import errors, http
from common.policy import Policy
from compute.db.models import Nic
from compute.logic.interfaces import Interfaces, PortNotAttached
from compute.policies import servers as policies
from compute.schemas import interfaces as schemas


class InterfacesResource:
    """The ports of a server."""

    def __init__(self, policy: Policy, interfaces: Interfaces) -> None:
        self._policy = policy
        self._interfaces = interfaces

    def on_get(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        found = self._interfaces.list(req.context.ctx, server_id)
        resp.media = {"interfaceAttachments": [_view(req, *pair) for pair in found]}

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        schema = schemas.ATTACH_2_49 if req.context.version >= (2, 49) else schemas.ATTACH
        asked = http.body(req, schema).get("interfaceAttachment", {})
        if asked.get("net_id") and asked.get("port_id"):
            raise errors.BadRequest(reason="Must not input both network_id and port_id")
        if asked.get("fixed_ips") and not asked.get("net_id"):
            raise errors.BadRequest(reason="Must input network_id when request IP address")
        ctx = req.context.ctx
        over = self._policy.allows(ctx, policies.UNLOCK_ANY)
        found = self._interfaces.attach(ctx, server_id, asked, over_lock=over)
        resp.media = {"interfaceAttachment": _view(req, *found)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, port_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW)
        for nic, port in self._interfaces.list(req.context.ctx, server_id):
            if nic.port_id == port_id:
                resp.media = {"interfaceAttachment": _view(req, nic, port)}
                return
        raise PortNotAttached(server_id=server_id, port_id=port_id)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, server_id: str, port_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.UPDATE)
        ctx = req.context.ctx
        over = self._policy.allows(ctx, policies.UNLOCK_ANY)
        self._interfaces.detach(ctx, server_id, port_id, over_lock=over)
        resp.status = falcon.HTTP_202


def _view(req: falcon.Request, nic: Nic, port: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "port_id": nic.port_id,
        "net_id": nic.network_id,
        "mac_addr": nic.mac,
        "port_state": port.get("status", "DOWN"),
        "fixed_ips": [
            {"subnet_id": one["subnet_id"], "ip_address": one["ip_address"]}
            for one in port.get("fixed_ips", ())
        ],
    }
    if req.context.version >= (2, 70):
        shown["tag"] = nic.tag
    return shown
