"""/v3/policies/{policy_id}/OS-ENDPOINT-POLICY: what policy documents are for."""

import falcon

from common.policy import Policy, Rule
from identity.api.base import listed
from identity.logic.policies import Policies
from identity.policies import policies as rules
from identity.views import catalog as catalog_views
from identity.views import policies as views


class PolicyUsesResource:
    """A document is for an endpoint, a service, or a service in a region."""

    def __init__(self, policy: Policy, policies: Policies) -> None:
        self._policy = policy
        self._policies = policies

    def on_get(self, req: falcon.Request, resp: falcon.Response, policy_id: str) -> None:
        self._authorize(req, rules.USES)
        found = self._policies.endpoints(policy_id)
        resp.media = listed(req, "endpoints", found, catalog_views.endpoint, path="/v3/endpoints")

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, rules.USE)
        self._policies.use(**path)
        resp.status = falcon.HTTP_204

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, rules.USES)
        self._policies.check(**path)
        resp.status = falcon.HTTP_204

    on_head_one = on_get_one

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        self._authorize(req, rules.USE)
        self._policies.disuse(**path)
        resp.status = falcon.HTTP_204

    def on_get_policy(self, req: falcon.Request, resp: falcon.Response, endpoint_id: str) -> None:
        self._authorize(req, rules.OF_ENDPOINT)
        found = self._policies.of_endpoint(endpoint_id)
        resp.media = {"policy": views.policy(found, f"{req.prefix}/v3/policies")}

    on_head_policy = on_get_policy

    def _authorize(self, req: falcon.Request, rule: Rule) -> None:
        self._policy.authorize(req.context.ctx, rule, {})
