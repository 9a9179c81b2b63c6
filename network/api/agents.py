"""Agents and service providers over HTTP."""

import falcon

from common.policy import Policy
from network.api import requests
from network.db.agents import LISTING
from network.logic.agents import Agents
from network.policies import agents as policies
from network.policies import service as service_policies
from network.schemas import agents as schemas
from network.views.agents import agent
from network.views.base import only


class AgentsResource:
    """/v2.0/agents and /v2.0/agents/{row_id}"""

    def __init__(self, policy: Policy, agents: Agents) -> None:
        self._policy = policy
        self._agents = agents

    def on_get_all(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.LIST)
        wanted = requests.wanted(req, LISTING)
        found = self._agents.list(ctx, wanted)
        resp.media = requests.page_of(req, "agents", found, agent, wanted)

    def on_get(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.READ)
        resp.media = {"agent": requests.show(req, self._agents.get(ctx, row_id), agent)}

    def on_put(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.UPDATE)
        wanted = requests.one(req, "agent", schemas.UPDATE)
        resp.media = {"agent": agent(self._agents.update(ctx, row_id, wanted), ctx)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.DELETE)
        self._agents.delete(ctx, row_id)
        resp.status = falcon.HTTP_204


class ProvidersResource:
    """/v2.0/service-providers"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, service_policies.DISCOVER)
        shown = {"service_type": "L3_ROUTER_NAT", "name": "ovn", "default": True}
        resp.media = {"service_providers": [only(shown, requests.fields(req))]}
