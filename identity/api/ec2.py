"""/v3/users/{user_id}/credentials/OS-EC2"""

import falcon

from common import http
from common.policy import Policy, Rule
from identity.api.base import listed
from identity.logic.ec2 import Ec2Keys
from identity.logic.guard import Guard
from identity.policies import ec2 as policies
from identity.schemas import delegation as schemas
from identity.views import delegation as views


class Ec2Resource:
    """A user's EC2 keys."""

    def __init__(self, policy: Policy, keys: Ec2Keys, guard: Guard) -> None:
        self._policy = policy
        self._keys = keys
        self._guard = guard

    def on_get(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._authorize(req, policies.LIST, user_id)
        resp.media = listed(req, "credentials", self._keys.list(user_id), views.ec2_key)

    def on_post(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._authorize(req, policies.CREATE, user_id)
        wanted = http.body(req, schemas.CREATE_EC2_KEY)
        claims = self._guard.check(req.context.ctx.token)
        made = self._keys.create(claims, user_id, wanted["tenant_id"])
        resp.status = falcon.HTTP_201
        resp.media = {"credential": views.ec2_key(made, req.prefix + req.path)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, access: str
    ) -> None:
        self._authorize(req, policies.GET, user_id)
        url = f"{req.prefix}/v3/users/{user_id}/credentials/OS-EC2"
        resp.media = {"credential": views.ec2_key(self._keys.get(user_id, access), url)}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, access: str
    ) -> None:
        self._authorize(req, policies.DELETE, user_id)
        self._keys.delete(user_id, access)
        resp.status = falcon.HTTP_204

    def _authorize(self, req: falcon.Request, rule: Rule, user_id: str) -> None:
        self._policy.authorize(req.context.ctx, rule, {"user_id": user_id})
