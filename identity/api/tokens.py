"""/v3/auth: tokens and the catalog."""

import falcon

from common import http
from common.policy import Policy, Rule
from common.tokens import Claims
from identity.api.oauth import signed
from identity.errors import Missing
from identity.logic.tokens import Tokens
from identity.policies import tokens as policies
from identity.schemas import tokens as schemas


class TokensResource:
    """/v3/auth/tokens.  The token that is asked about is in X-Subject-Token."""

    def __init__(self, policy: Policy, tokens: Tokens) -> None:
        self._policy = policy
        self._tokens = tokens

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        auth = http.body(req, schemas.CREATE)["auth"]
        token, described = self._tokens.issue(
            auth["identity"],
            auth.get("scope"),
            signed=signed(req),
            with_catalog="nocatalog" not in req.params,
        )
        resp.status = falcon.HTTP_201
        resp.set_header("X-Subject-Token", token)
        resp.set_header("Vary", "X-Auth-Token")
        resp.media = described

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        token, claims = self._subject(req, policies.VALIDATE)
        with_catalog = "nocatalog" not in req.params
        resp.set_header("X-Subject-Token", token)
        resp.set_header("Vary", "X-Auth-Token")
        resp.media = self._tokens.describe(claims, with_catalog=with_catalog)

    def on_head(self, req: falcon.Request, resp: falcon.Response) -> None:
        token, _ = self._subject(req, policies.CHECK)
        resp.set_header("X-Subject-Token", token)
        resp.set_header("Vary", "X-Auth-Token")

    def on_delete(self, req: falcon.Request, resp: falcon.Response) -> None:
        _, claims = self._subject(req, policies.REVOKE)
        self._tokens.end(claims)
        resp.status = falcon.HTTP_204

    def _subject(self, req: falcon.Request, rule: Rule) -> tuple[str, Claims]:
        """Return the token that is asked about.

        Raises PolicyForbids, Missing; whose a dead token was is nobody's business.
        """
        token = req.get_header("X-Subject-Token") or ""
        ctx = req.context.ctx
        try:
            claims = self._tokens.subject(token)
        except Missing:
            self._policy.authorize(ctx, rule, {"user_id": ctx.user_id})
            raise
        self._policy.authorize(ctx, rule, {"user_id": claims.user_id})
        return token, claims


class CatalogResource:
    """/v3/auth/catalog"""

    def __init__(self, policy: Policy, tokens: Tokens) -> None:
        self._policy = policy
        self._tokens = tokens

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CATALOG)
        resp.media = {
            "catalog": self._tokens.catalog(ctx.token),
            "links": {"self": req.prefix + req.path},
        }
