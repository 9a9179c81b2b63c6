"""The two falcon resources that every noun of this API has: its collection, and one of it."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import falcon

from common.context import RequestContext
from common.policy import Policy, Rule
from network.api import requests
from network.db.lists import Listing, Wanted

Attributes = Mapping[str, Any]
Further = Callable[[Policy, RequestContext, Attributes], None]


class Kept(Protocol):
    """What logic can do with a noun that is made and removed."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> Sequence[Any]:
        """Return one page of rows."""

    def get(self, ctx: RequestContext, row_id: str, /) -> Any:
        """Return one row."""

    def create(self, ctx: RequestContext, wanted: Sequence[Attributes]) -> Sequence[Any]:
        """Make all of the rows or none."""

    def delete(self, ctx: RequestContext, row_id: str, /) -> None:
        """Remove one row."""


class Changed(Kept, Protocol):
    """What logic can do with a noun that can be changed, too."""

    def update(self, ctx: RequestContext, row_id: str, wanted: Attributes, /) -> Any:
        """Change one row and return it."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Noun:
    """How one noun is read, checked and shown.

    name, plural: the keys of bodies.  rules: read, create, update, delete.
    create, update: schemas of the attributes; update is None for what cannot be changed.
    further: policy about single attributes.  late: who may write is asked once the body is
    sound and the row is found, for nouns that most callers only see.
    """

    name: str
    plural: str
    listing: Listing
    view: requests.View
    rules: tuple[Rule, Rule, Rule, Rule]
    create: Attributes
    update: Attributes | None
    further: Further = lambda policy, ctx, wanted: None
    late: bool = False


class Collection:
    """/v2.0/<plural>"""

    def __init__(self, noun: Noun, policy: Policy, deeds: Kept) -> None:
        self._noun = noun
        self._policy = policy
        self._deeds = deeds

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[0])
        wanted = requests.wanted(req, noun.listing)
        rows = self._deeds.list(ctx, wanted)
        resp.media = requests.page_of(req, noun.plural, rows, noun.view, wanted)

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[0 if noun.late else 1])
        wanted, bulk = requests.several(req, noun.name, noun.plural, noun.create)
        self._policy.authorize(ctx, noun.rules[1])
        for one in wanted:
            noun.further(self._policy, ctx, one)
        shown = [noun.view(row, ctx) for row in self._deeds.create(ctx, wanted)]
        resp.status = falcon.HTTP_201
        resp.media = {noun.plural: shown} if bulk else {noun.name: shown[0]}


class Readable:
    """/v2.0/<plural>/{id} of what is made and removed, but not changed."""

    def __init__(self, noun: Noun, policy: Policy, deeds: Kept) -> None:
        self._noun = noun
        self._policy = policy
        self._deeds = deeds

    def on_get(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[0])
        row = self._deeds.get(ctx, row_id)
        resp.media = {noun.name: requests.show(req, row, noun.view)}

    def on_delete(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._authorize(ctx, 3, row_id)
        self._deeds.delete(ctx, row_id)
        resp.status = falcon.HTTP_204

    def _authorize(self, ctx: RequestContext, rule: int, row_id: str) -> None:
        """Ask who may; of a late noun, what the caller cannot see is not found."""
        if self._noun.late:
            self._policy.authorize(ctx, self._noun.rules[0])
            if not self._policy.allows(ctx, self._noun.rules[rule]):
                self._deeds.get(ctx, row_id)
        self._policy.authorize(ctx, self._noun.rules[rule])


class Item(Readable):
    """/v2.0/<plural>/{id}"""

    def __init__(self, noun: Noun, policy: Policy, deeds: Changed) -> None:
        super().__init__(noun, policy, deeds)
        self._changes = deeds

    def on_put(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx, noun = req.context.ctx, self._noun
        self._policy.authorize(ctx, noun.rules[0 if noun.late else 2])
        wanted = requests.one(req, noun.name, noun.update or {})
        self._authorize(ctx, 2, row_id)
        noun.further(self._policy, ctx, wanted)
        row = self._changes.update(ctx, row_id, wanted)
        resp.media = {noun.name: noun.view(row, ctx)}
