"""/software_configs and /software_deployments."""

import falcon

from common import http, paging
from common.policy import Policy
from orchestration.api.base import context
from orchestration.logic.software import Software
from orchestration.policies import resources as policies
from orchestration.schemas import software as schemas
from orchestration.views import software as views


class ConfigsResource:
    """/v1/{project_id}/software_configs"""

    def __init__(self, policy: Policy, software: Software) -> None:
        self._policy = policy
        self._software = software

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.CONFIGS)
        rows = self._software.configs(ctx, paging.page(req, sort_keys=["created_at", "id"]))
        resp.media = {"software_configs": [views.config(row, detail=False) for row in rows]}

    def on_post(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.ADD_CONFIG)
        row = self._software.add_config(ctx, http.body(req, schemas.CONFIG))
        resp.media = {"software_config": views.config(row)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, config_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.CONFIG)
        resp.media = {"software_config": views.config(self._software.config(ctx, config_id))}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, config_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.DROP_CONFIG)
        self._software.drop_config(ctx, config_id)
        resp.status = falcon.HTTP_204


class DeploymentsResource:
    """/v1/{project_id}/software_deployments"""

    def __init__(self, policy: Policy, software: Software) -> None:
        self._policy = policy
        self._software = software

    def on_get(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.DEPLOYMENTS)
        rows = self._software.deployments(ctx, req.get_param("server_id"))
        resp.media = {"software_deployments": [views.deployment(row) for row in rows]}

    def on_post(self, req: falcon.Request, resp: falcon.Response, project_id: str) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.DEPLOY)
        row = self._software.add_deployment(ctx, http.body(req, schemas.DEPLOY))
        resp.media = {"software_deployment": views.deployment(row)}

    def on_get_metadata(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, server_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.METADATA)
        resp.media = {"metadata": self._software.metadata(ctx, server_id)}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, deployment_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.DEPLOYMENT)
        row = self._software.deployment(ctx, deployment_id)
        resp.media = {"software_deployment": views.deployment(row)}

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, deployment_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.CHANGE_DEPLOYMENT)
        wanted = http.body(req, schemas.CHANGE)
        row = self._software.change_deployment(ctx, deployment_id, wanted)
        resp.media = {"software_deployment": views.deployment(row)}

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, project_id: str, deployment_id: str
    ) -> None:
        ctx = context(req, project_id)
        self._policy.authorize(ctx, policies.DROP_DEPLOYMENT)
        self._software.drop_deployment(ctx, deployment_id)
        resp.status = falcon.HTTP_204
