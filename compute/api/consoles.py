"""Consoles in a browser: asking for one, and where its token leads."""

from collections.abc import Mapping
from typing import Any

import falcon

from common import http
from common.policy import Policy
from compute.api.actions import Handler
from compute.api.versions import since, until
from compute.logic.consoles import RemoteConsoles
from compute.policies import consoles as policies
from compute.schemas import consoles as schemas


class RemoteConsolesResource:
    """/servers/{server_id}/remote-consoles, from 2.6 on."""

    def __init__(self, policy: Policy, consoles: RemoteConsoles) -> None:
        self._policy = policy
        self._consoles = consoles

    def on_post(self, req: falcon.Request, resp: falcon.Response, server_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CREATE)
        since(req, (2, 6))
        given = http.body(req, schemas.remote(req.context.version))["remote_console"]
        protocol, kind = given["protocol"], given["type"]
        url = self._consoles.create(ctx, server_id, protocol, kind)
        resp.media = {"remote_console": {"protocol": protocol, "type": kind, "url": url}}


class TokensResource:
    """/os-console-auth-tokens/{token}"""

    def __init__(self, policy: Policy, consoles: RemoteConsoles) -> None:
        self._policy = policy
        self._consoles = consoles

    def on_get(self, req: falcon.Request, resp: falcon.Response, token: str) -> None:
        self._policy.authorize(req.context.ctx, policies.SHOW_TOKEN)
        version = req.context.version
        found = self._consoles.show(token, serial_too=version >= (2, 31))
        shown: dict[str, Any] = {
            "instance_uuid": found.server_id,
            "host": found.host,
            "port": found.port,
            "internal_access_path": None,
        }
        if version >= (2, 99):
            shown["tls_port"] = None
        resp.media = {"console": shown}


class ConsoleActions:
    """os-getVNCConsole and its like, which went with 2.6."""

    def __init__(self, policy: Policy, consoles: RemoteConsoles) -> None:
        self._policy = policy
        self._consoles = consoles

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {name: self._handler(name) for name in schemas.ACTIONS}

    def _handler(self, name: str) -> Handler:
        def answer(
            req: falcon.Request, resp: falcon.Response, server_id: str, given: Any, over_lock: bool
        ) -> None:
            ctx = req.context.ctx
            self._policy.authorize(ctx, policies.CREATE)
            until(req, (2, 5))
            http.check({name: given}, schemas.action(name))
            url = self._consoles.create(ctx, server_id, schemas.ACTIONS[name], given["type"])
            resp.media = {"console": {"type": given["type"], "url": url}}
            resp.status = falcon.HTTP_200

        return answer
