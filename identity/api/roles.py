"""/v3/roles/{role_id}/implies and /v3/role_inferences"""

from typing import Any

import falcon

from common.policy import Policy
from identity.api.base import reach
from identity.db.models import Role
from identity.logic.roles import Roles
from identity.policies import roles as policies


class ImpliedResource:
    """What roles imply."""

    def __init__(self, policy: Policy, roles: Roles) -> None:
        self._policy = policy
        self._roles = roles

    def on_get(self, req: falcon.Request, resp: falcon.Response, role_id: str) -> None:
        reach(self._policy, req.context.ctx, policies.LIST_IMPLIED, self._roles, role_id)
        prior, implied = self._roles.implied(role_id)
        resp.media = {"role_inference": _inference(req, prior, implied), **_links(req)}

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.LIST_INFERENCES)
        found = [_inference(req, *each) for each in self._roles.inferences()]
        resp.media = {"role_inferences": found, **_links(req)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, role_id: str, implied_id: str
    ) -> None:
        reach(self._policy, req.context.ctx, policies.GET_IMPLIED, self._roles, role_id)
        prior, implied = self._roles.check_implied(role_id, implied_id)
        resp.media = _pair(req, prior, implied)

    def on_head_one(
        self, req: falcon.Request, resp: falcon.Response, role_id: str, implied_id: str
    ) -> None:
        self.on_get_one(req, resp, role_id, implied_id)
        resp.status = falcon.HTTP_204

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, role_id: str, implied_id: str
    ) -> None:
        reach(self._policy, req.context.ctx, policies.CREATE_IMPLIED, self._roles, role_id)
        prior, implied = self._roles.imply(role_id, implied_id)
        resp.status = falcon.HTTP_201
        resp.media = _pair(req, prior, implied)

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, role_id: str, implied_id: str
    ) -> None:
        reach(self._policy, req.context.ctx, policies.DELETE_IMPLIED, self._roles, role_id)
        self._roles.forget_implied(role_id, implied_id)
        resp.status = falcon.HTTP_204


def _pair(req: falcon.Request, prior: Role, implied: Role) -> dict[str, Any]:
    shown = {"prior_role": _role(req, prior), "implies": _role(req, implied)}
    return {"role_inference": shown, **_links(req)}


def _inference(req: falcon.Request, prior: Role, implied: Any) -> dict[str, Any]:
    return {"prior_role": _role(req, prior), "implies": [_role(req, each) for each in implied]}


def _role(req: falcon.Request, role: Role) -> dict[str, Any]:
    links = {"self": f"{req.prefix}/v3/roles/{role.id}"}
    return {"id": role.id, "name": role.name, "links": links}


def _links(req: falcon.Request) -> dict[str, Any]:
    return {"links": {"self": req.prefix + req.path}}
