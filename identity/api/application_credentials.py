"""/v3/users/{user_id}/application_credentials and /access_rules"""

import falcon

from common import http
from common.policy import Policy, Rule
from identity.api.base import listed, page
from identity.logic.application_credentials import ApplicationCredentials
from identity.logic.guard import Guard
from identity.policies import credentials as policies
from identity.schemas import delegation as schemas
from identity.views import delegation as views


class ApplicationCredentialsResource:
    """A user's application credentials."""

    def __init__(self, policy: Policy, credentials: ApplicationCredentials, guard: Guard) -> None:
        self._policy = policy
        self._credentials = credentials
        self._guard = guard

    def on_get(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._authorize(req, policies.LIST, user_id)
        wanted = page(req)
        found = self._credentials.list(user_id, req.params, wanted)
        resp.media = listed(
            req, "application_credentials", found, views.application_credential, wanted
        )

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._authorize(req, policies.CREATE, user_id)
        body = http.body(req, schemas.CREATE_APPLICATION_CREDENTIAL)
        claims = self._guard.check(req.context.ctx.token)
        made, secret = self._credentials.create(claims, body["application_credential"])
        shown = views.application_credential(made, req.prefix + req.path)
        resp.status = falcon.HTTP_201
        resp.media = {"application_credential": {**shown, "secret": secret}}

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, credential_id: str
    ) -> None:
        self._authorize(req, policies.GET, user_id)
        found = self._credentials.get(user_id, credential_id)
        url = f"{req.prefix}/v3/users/{user_id}/application_credentials"
        resp.media = {"application_credential": views.application_credential(found, url)}

    on_head_one = on_get_one

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, credential_id: str
    ) -> None:
        self._authorize(req, policies.DELETE, user_id)
        claims = self._guard.check(req.context.ctx.token)
        self._credentials.delete(claims, user_id, credential_id)
        resp.status = falcon.HTTP_204

    def on_get_rules(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._authorize(req, policies.LIST_RULES, user_id)
        wanted = page(req)
        found = self._credentials.rules(user_id, wanted)
        resp.media = listed(req, "access_rules", found, views.access_rule, wanted)

    def on_get_rule(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, rule_id: str
    ) -> None:
        self._authorize(req, policies.GET_RULE, user_id)
        found = self._credentials.rule(user_id, rule_id)
        url = f"{req.prefix}/v3/users/{user_id}/access_rules"
        resp.media = {"access_rule": views.access_rule(found, url)}

    def on_delete_rule(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, rule_id: str
    ) -> None:
        self._authorize(req, policies.DELETE_RULE, user_id)
        self._credentials.delete_rule(user_id, rule_id)
        resp.status = falcon.HTTP_204

    def _authorize(self, req: falcon.Request, rule: Rule, user_id: str) -> None:
        self._policy.authorize(req.context.ctx, rule, {"user_id": user_id})
