"""The two resources that every kind has: all of them, and one of them."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import falcon

from common import http, paging
from common.context import RequestContext
from common.policy import Policy, Rule
from identity.errors import Missing
from identity.policies.base import Crud

EVERYTHING = 1_000_000_000
NOTHING = {"domain_id": "", "user_id": "", "project_id": "", "role_name": ""}


class Logic(Protocol):
    """What the resources ask for."""

    def target(self, row: Any) -> dict[str, Any]: ...
    def place(self, ctx: RequestContext, wanted: Any) -> dict[str, Any]: ...
    def list(self, ctx: RequestContext, query: Any, page: paging.Page) -> Sequence[Any]: ...
    def get(self, row_id: str) -> Any: ...
    def create(self, ctx: RequestContext, wanted: Any) -> Any: ...
    def update(self, ctx: RequestContext, row_id: str, wanted: Any) -> Any: ...
    def delete(self, ctx: RequestContext, row_id: str) -> None: ...


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of resource.

    view: a row and its collection's URL in, its JSON out.  below: the extension it belongs to.
    """

    one: str
    many: str
    rules: Crud
    create: dict[str, Any]
    update: dict[str, Any]
    view: Callable[[Any, str], dict[str, Any]]
    below: str = ""

    @property
    def path(self) -> str:
        """Its collection's path: `/v3/users`, `/v3/OS-EP-FILTER/endpoint_groups`."""
        return f"/v3/{self.below}/{self.many}" if self.below else f"/v3/{self.many}"


def page(req: falcon.Request) -> paging.Page:
    """Return the page that is asked for; without `limit`, everything in one."""
    return paging.page(req, sort_keys=("id",), default=(("id", True),), max_limit=EVERYTHING)


def listed(
    req: falcon.Request,
    many: str,
    rows: Sequence[Any],
    view: Callable[[Any, str], dict[str, Any]],
    wanted: paging.Page | None = None,
    path: str | None = None,
) -> dict[str, Any]:
    """Return a list's body: the rows, and links to itself and to the next page.

    path: the collection's, when it is not the one that was asked for.
    """
    shown = [view(row, req.prefix + (path or req.path)) for row in rows]
    following = None
    if wanted is not None and rows and len(rows) == wanted.limit:
        given = {name: value for name, value in req.params.items() if name != "marker"}
        query = falcon.to_query_str({**given, "marker": rows[-1].id}, comma_delimited_lists=False)
        following = req.prefix + req.path + query
    query_string = f"?{req.query_string}" if req.query_string else ""
    links = {"next": following, "self": req.prefix + req.path + query_string, "previous": None}
    return {many: shown, "links": links}


class Collection:
    """/v3/<many>"""

    def __init__(self, policy: Policy, kind: Kind, logic: Logic) -> None:
        self._policy = policy
        self._kind = kind
        self._logic = logic

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx, kind = req.context.ctx, self._kind
        domain_id = req.params.get("domain_id") or ctx.domain_id or ""
        user_id = req.params.get("user_id") or ctx.user_id
        self._policy.authorize(ctx, kind.rules.list, {"domain_id": domain_id, "user_id": user_id})
        wanted = page(req)
        rows = self._logic.list(ctx, req.params, wanted)
        resp.media = listed(req, kind.many, rows, kind.view, wanted)

    on_head = on_get

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx, kind = req.context.ctx, self._kind
        somewhere = {"domain_id": ctx.domain_id or "", "user_id": ctx.user_id}
        self._policy.authorize(ctx, kind.rules.create, somewhere)
        wanted = http.body(req, kind.create)[kind.one]
        self._policy.authorize(ctx, kind.rules.create, self._logic.place(ctx, wanted))
        row = self._logic.create(ctx, wanted)
        resp.status = falcon.HTTP_201
        resp.media = {kind.one: kind.view(row, req.prefix + kind.path)}


class Item:
    """/v3/<many>/{<one>_id}"""

    def __init__(self, policy: Policy, kind: Kind, logic: Logic) -> None:
        self._policy = policy
        self._kind = kind
        self._logic = logic

    def on_get(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        row_id = path[f"{self._kind.one}_id"]
        row = reach(self._policy, req.context.ctx, self._kind.rules.get, self._logic, row_id)
        self._show(req, resp, row)

    on_head = on_get

    def on_patch(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        row_id = path[f"{self._kind.one}_id"]
        ctx, kind = req.context.ctx, self._kind
        reach(self._policy, ctx, kind.rules.update, self._logic, row_id)
        wanted = http.body(req, kind.update)[kind.one]
        self._show(req, resp, self._logic.update(ctx, row_id, wanted))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, **path: str) -> None:
        row_id = path[f"{self._kind.one}_id"]
        ctx = req.context.ctx
        reach(self._policy, ctx, self._kind.rules.delete, self._logic, row_id)
        self._logic.delete(ctx, row_id)
        resp.status = falcon.HTTP_204

    def _show(self, req: falcon.Request, resp: falcon.Response, row: Any) -> None:
        kind = self._kind
        resp.media = {kind.one: kind.view(row, req.prefix + kind.path)}


def reach(policy: Policy, ctx: RequestContext, rule: Rule, logic: Any, row_id: str) -> Any:
    """Return a row that the caller may do something with.

    Raises Missing only for those who may do it with some row; the others get PolicyForbids.
    """
    try:
        row = logic.get(row_id)
    except Missing:
        policy.authorize(ctx, rule, NOTHING)
        raise
    policy.authorize(ctx, rule, logic.target(row))
    return row
