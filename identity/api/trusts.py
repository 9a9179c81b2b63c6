"""/v3/OS-TRUST/trusts"""

import falcon

from common import http
from common.errors import PolicyForbids
from common.policy import Policy, Rule
from identity.api.base import listed, page
from identity.errors import Missing
from identity.logic.guard import Guard
from identity.logic.trusts import PARTIES, Trusts
from identity.policies import trusts as policies
from identity.schemas import delegation as schemas
from identity.views import delegation as views

PATH = "/v3/OS-TRUST/trusts"


class TrustsResource:
    """All trusts, one trust, and the roles it passes on."""

    def __init__(self, policy: Policy, trusts: Trusts, guard: Guard) -> None:
        self._policy = policy
        self._trusts = trusts
        self._guard = guard

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        target = {name: req.params.get(name, "") for name in PARTIES}
        self._policy.authorize(req.context.ctx, policies.LIST, target)
        wanted = page(req)
        found = self._trusts.list(req.params, wanted)
        resp.media = listed(req, "trusts", found, views.trust, wanted, path=PATH)

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        if not ctx.roles:
            raise PolicyForbids(rule=policies.CREATE.name)
        wanted = http.body(req, schemas.CREATE_TRUST)["trust"]
        target = {name: wanted[name] for name in PARTIES}
        self._policy.authorize(ctx, policies.CREATE, target)
        trust = self._trusts.create(self._guard.check(ctx.token), wanted)
        resp.status = falcon.HTTP_201
        resp.media = {"trust": views.trust(trust, req.prefix + PATH)}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, trust_id: str) -> None:
        self._reach(req, policies.GET, trust_id)
        trust = self._trusts.get(trust_id)
        resp.media = {"trust": views.trust(trust, req.prefix + PATH)}

    on_head_one = on_get_one

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, trust_id: str) -> None:
        self._reach(req, policies.DELETE, trust_id)
        self._trusts.delete(self._guard.check(req.context.ctx.token), trust_id)
        resp.status = falcon.HTTP_204

    def on_get_roles(self, req: falcon.Request, resp: falcon.Response, trust_id: str) -> None:
        self._reach(req, policies.GET, trust_id)
        found = self._trusts.get(trust_id).roles
        resp.media = listed(req, "roles", found, views.role, path="/v3/roles")

    def on_get_role(
        self, req: falcon.Request, resp: falcon.Response, trust_id: str, role_id: str
    ) -> None:
        self._reach(req, policies.GET, trust_id)
        role = self._trusts.role(trust_id, role_id)
        resp.media = {"role": views.role(role, f"{req.prefix}/v3/roles")}

    on_head_role = on_get_role

    def _reach(self, req: falcon.Request, rule: Rule, trust_id: str) -> None:
        ctx = req.context.ctx
        try:
            target = self._trusts.target(self._trusts.get(trust_id))
        except Missing:
            if not ctx.roles:
                raise PolicyForbids(rule=rule.name) from None
            raise
        self._policy.authorize(ctx, rule, target)
