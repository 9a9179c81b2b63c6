"""/v3/OS-OAUTH1, and /v3/users/{user_id}/OS-OAUTH1/access_tokens"""

import falcon

from common import http
from common.policy import Policy, Rule
from identity.api.base import Collection, listed
from identity.logic.guard import Guard
from identity.logic.oauth import Made, OAuth
from identity.logic.signatures import Signed
from identity.policies import oauth as policies
from identity.schemas import oauth as schemas
from identity.views import oauth as views

FORM = "application/x-www-form-urlencoded"


class ConsumersResource(Collection):
    """/v3/OS-OAUTH1/consumers: a new one's secret is shown once."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx, kind = req.context.ctx, self._kind
        self._policy.authorize(ctx, kind.rules.create, {"domain_id": ""})
        row = self._logic.create(ctx, http.body(req, kind.create)[kind.one])
        resp.status = falcon.HTTP_201
        resp.media = {kind.one: {**kind.view(row, req.prefix + kind.path), "secret": row.secret}}


class OAuthResource:
    """What consumers ask for, signed, and what users allow them."""

    def __init__(self, policy: Policy, oauth: OAuth, guard: Guard) -> None:
        self._policy = policy
        self._oauth = oauth
        self._guard = guard

    def on_post_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        made = self._oauth.ask(signed(req), req.get_header("Requested-Project-Id"))
        _tell(resp, made)

    def on_post_access(self, req: falcon.Request, resp: falcon.Response) -> None:
        _tell(resp, self._oauth.exchange(signed(req)))

    def on_put_authorize(
        self, req: falcon.Request, resp: falcon.Response, request_token_id: str
    ) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.AUTHORIZE)
        wanted = http.body(req, schemas.AUTHORIZE)["roles"]
        verifier = self._oauth.allow(self._guard.check(ctx.token), request_token_id, wanted)
        resp.media = {"token": {"oauth_verifier": verifier}}

    def on_get_tokens(self, req: falcon.Request, resp: falcon.Response, user_id: str) -> None:
        self._authorize(req, policies.LIST, user_id)
        resp.media = listed(req, "access_tokens", self._oauth.list(user_id), views.access_token)

    def on_get_token(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, access_token_id: str
    ) -> None:
        self._authorize(req, policies.GET, user_id)
        found = self._oauth.get(user_id, access_token_id)
        url = f"{req.prefix}/v3/users/{user_id}/OS-OAUTH1/access_tokens"
        resp.media = {"access_token": views.access_token(found, url)}

    def on_delete_token(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, access_token_id: str
    ) -> None:
        self._authorize(req, policies.DELETE, user_id)
        self._oauth.delete(user_id, access_token_id)
        resp.status = falcon.HTTP_204

    def on_get_roles(
        self, req: falcon.Request, resp: falcon.Response, user_id: str, access_token_id: str
    ) -> None:
        self._authorize(req, policies.ROLES, user_id)
        found = self._oauth.roles(user_id, access_token_id)
        resp.media = listed(req, "roles", found, views.role, path="/v3/roles")

    def on_get_role(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        user_id: str,
        access_token_id: str,
        role_id: str,
    ) -> None:
        self._authorize(req, policies.ROLES, user_id)
        found = self._oauth.role(user_id, access_token_id, role_id)
        resp.media = {"role": views.role(found, f"{req.prefix}/v3/roles")}

    def _authorize(self, req: falcon.Request, rule: Rule, user_id: str) -> None:
        self._policy.authorize(req.context.ctx, rule, {"user_id": user_id})


def signed(req: falcon.Request) -> Signed:
    """Return a request as its sender signed it."""
    query = tuple(
        (name, value)
        for name, values in req.params.items()
        for value in (values if isinstance(values, list) else [values])
    )
    header = req.get_header("Authorization") or ""
    return Signed(req.method, req.prefix + req.path, query, header)


def _tell(resp: falcon.Response, made: Made) -> None:
    resp.status = falcon.HTTP_201
    resp.content_type = FORM
    resp.text = views.told(made)
