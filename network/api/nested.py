"""The two falcon resources of nouns that live inside another one, such as a policy's rules."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import falcon

from common.context import RequestContext
from common.policy import Policy
from network.api import requests
from network.api.resources import Noun
from network.db.lists import Wanted

Attributes = Mapping[str, Any]


class Inside(Protocol):
    """What logic can do with a noun inside a parent."""

    def list(self, ctx: RequestContext, row_id: str, wanted: Wanted, /) -> Sequence[Any]:
        """Return one page of the parent's rows."""

    def get(self, ctx: RequestContext, row_id: str, inner_id: str, /) -> Any:
        """Return one row."""

    def create(
        self, ctx: RequestContext, row_id: str, wanted: Sequence[Attributes], /
    ) -> Sequence[Any]:
        """Make all of the rows or none."""

    def update(self, ctx: RequestContext, row_id: str, inner_id: str, wanted: Attributes, /) -> Any:
        """Change one row and return it."""

    def delete(self, ctx: RequestContext, row_id: str, inner_id: str, /) -> None:
        """Remove one row."""


class NestedCollection:
    """/v2.0/<parents>/{row_id}/<plural>"""

    def __init__(self, noun: Noun, policy: Policy, deeds: Inside) -> None:
        self._noun = noun
        self._policy = policy
        self._deeds = deeds

    def on_get(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[0])
        wanted = requests.wanted(req, noun.listing)
        rows = self._deeds.list(ctx, row_id, wanted)
        resp.media = requests.page_of(req, noun.plural, rows, noun.view, wanted)

    def on_post(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[1])
        wanted, bulk = requests.several(req, noun.name, noun.plural, noun.create)
        shown = [noun.view(row, ctx) for row in self._deeds.create(ctx, row_id, wanted)]
        resp.status = falcon.HTTP_201
        resp.media = {noun.plural: shown} if bulk else {noun.name: shown[0]}


class NestedItem:
    """/v2.0/<parents>/{row_id}/<plural>/{inner_id}"""

    def __init__(self, noun: Noun, policy: Policy, deeds: Inside) -> None:
        self._noun = noun
        self._policy = policy
        self._deeds = deeds

    def on_get(
        self, req: falcon.Request, resp: falcon.Response, row_id: str, inner_id: str
    ) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[0])
        row = self._deeds.get(ctx, row_id, inner_id)
        resp.media = {noun.name: requests.show(req, row, noun.view)}

    def on_put(
        self, req: falcon.Request, resp: falcon.Response, row_id: str, inner_id: str
    ) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._authorize(ctx, 2, row_id, inner_id)
        wanted = requests.one(req, noun.name, noun.update or {})
        row = self._deeds.update(ctx, row_id, inner_id, wanted)
        resp.media = {noun.name: noun.view(row, ctx)}

    def on_delete(
        self, req: falcon.Request, resp: falcon.Response, row_id: str, inner_id: str
    ) -> None:
        ctx = req.context.ctx
        self._authorize(ctx, 3, row_id, inner_id)
        self._deeds.delete(ctx, row_id, inner_id)
        resp.status = falcon.HTTP_204

    def _authorize(self, ctx: RequestContext, rule: int, row_id: str, inner_id: str) -> None:
        """What the caller cannot see is not found; what it only sees, it may not change."""
        self._policy.authorize(ctx, self._noun.rules[0])
        if not self._policy.allows(ctx, self._noun.rules[rule]):
            self._deeds.get(ctx, row_id, inner_id)
        self._policy.authorize(ctx, self._noun.rules[rule])
