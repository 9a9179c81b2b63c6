"""The Identity API: its URL table, its rules, and how its errors look."""

import dataclasses
from typing import Any

import falcon

from common import http
from common.db import Database
from common.errors import CloudError, PolicyForbids
from common.http import Route
from common.policy import Policy
from identity.api.news import KeysResource, RevocationsResource
from identity.api.tokens import CatalogResource, TokensResource
from identity.api.versions import VersionsResource
from identity.drivers.keyring import KeyRing
from identity.logic.guard import Guard
from identity.logic.tokens import Tokens
from identity.logic.who import Lockout, Who
from identity.logic.work import Work
from identity.policies import tokens as token_policies

RULES = [*token_policies.RULES]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """What the API is made of.  rounds: bcrypt's work factor."""

    database: Database
    work: Work
    ring: KeyRing
    rounds: int = 12
    lockout: Lockout = dataclasses.field(default_factory=Lockout)
    policy_file: str | None = None


def create_app(parts: Parts) -> falcon.App:
    """Return the WSGI app."""
    guard = Guard(parts.database, parts.ring, parts.work.clock)
    return http.create_app(
        http.AppSpec(
            service="identity",
            routes=routes(parts, guard),
            render=render,
            authenticator=guard,
            health={"database": parts.database.ping, "keys": parts.ring.check},
        )
    )


def routes(parts: Parts, guard: Guard) -> list[Route]:
    """Return the URL table."""
    policy = Policy(RULES, parts.policy_file)
    who = Who(parts.work, guard.check, parts.rounds, parts.lockout)
    tokens = Tokens(parts.work, parts.ring, guard, who)
    return [*_open(guard), *_auth(policy, tokens)]


def _open(guard: Guard) -> list[Route]:
    versions = VersionsResource()
    return [
        Route("/", versions, public=True),
        Route("/v3", versions, "one", public=True),
        Route("/v3/", versions, "one", public=True),
        Route("/v3/OS-CUMULET/keys", KeysResource(guard.source), public=True),
        Route("/v3/OS-CUMULET/revocations", RevocationsResource(guard.source), public=True),
    ]


def _auth(policy: Policy, tokens: Tokens) -> list[Route]:
    return [
        Route("/v3/auth/tokens", TokensResource(policy, tokens), public_methods=("POST",)),
        Route("/v3/auth/catalog", CatalogResource(policy, tokens)),
    ]


def render(error: CloudError, req: falcon.Request) -> dict[str, Any]:
    """Return an error's body."""
    message = str(error)
    if isinstance(error, PolicyForbids):
        rule = error.facts["rule"]
        message = f"You are not authorized to perform the requested action: {rule}."
    return {"error": {"code": error.status, "message": message, "title": error.title}}
