"""Quotas over HTTP."""

import falcon

from common import http
from common.policy import Policy
from network.logic.quotas import ProjectQuotas
from network.policies import service as policies
from network.schemas import service as schemas


class QuotasResource:
    """/v2.0/quotas, /v2.0/quotas/{project_id} with /default and /details"""

    def __init__(self, policy: Policy, quotas: ProjectQuotas) -> None:
        self._policy = policy
        self._quotas = quotas

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_LIST)
        resp.media = {
            "quotas": [
                {**limits, "project_id": project_id, "tenant_id": project_id}
                for project_id, limits in self._quotas.all().items()
            ]
        }

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.QUOTA_READ)
        resp.media = {"quota": self._quotas.get(ctx, project_id)}

    def on_get_default(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_READ)
        resp.media = {"quota": self._quotas.defaults()}

    def on_get_details(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.QUOTA_READ)
        resp.media = {"quota": self._quotas.details(ctx, project_id)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_WRITE)
        wanted = http.body(req, schemas.QUOTA)["quota"]
        forced = wanted.pop("force", False)
        checked = wanted.pop("check_limit", False) and not forced
        resp.media = {"quota": self._quotas.update(project_id, wanted, checked=checked)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.QUOTA_WRITE)
        self._quotas.delete(project_id)
        resp.status = falcon.HTTP_204
