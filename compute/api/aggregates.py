"""/os-aggregates, /{number} and its action below it"""

from typing import Any

import falcon

from common import http
from common.clock import iso_micro
from common.policy import Policy
from compute.api.versions import since
from compute.db.ledger_models import Aggregate
from compute.logic.aggregates import ZONE, Aggregates
from compute.policies import hosts as policies
from compute.schemas import aggregates as schemas


class AggregatesResource:
    """Groups of hosts, for administrators."""

    def __init__(self, policy: Policy, aggregates: Aggregates) -> None:
        self._policy = policy
        self._aggregates = aggregates

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES)
        resp.media = {"aggregates": [_view(req, *one) for one in self._aggregates.list()]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES_EDIT)
        wanted = http.body(req, schemas.CREATE)["aggregate"]
        made = self._aggregates.create(wanted["name"].strip(), wanted.get(ZONE))
        shown = _view(req, *made)
        del shown["hosts"], shown["metadata"]
        resp.media = {"aggregate": shown}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES)
        resp.media = {"aggregate": _view(req, *self._aggregates.get(number))}

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES_EDIT)
        wanted = http.body(req, schemas.UPDATE)["aggregate"]
        resp.media = {"aggregate": _view(req, *self._aggregates.update(number, wanted))}

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES_EDIT)
        self._aggregates.delete(number)

    def on_post_action(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES_EDIT)
        name, given = next(iter(http.body(req, schemas.ACTION).items()))
        if name == "add_host":
            found = self._aggregates.add_host(number, given["host"])
        elif name == "remove_host":
            found = self._aggregates.remove_host(number, given["host"])
        else:
            found = self._aggregates.set_metadata(number, given["metadata"])
        resp.media = {"aggregate": _view(req, *found)}

    def on_post_images(self, req: falcon.Request, resp: falcon.Response, number: str) -> None:
        self._policy.authorize(req.context.ctx, policies.AGGREGATES_EDIT)
        since(req, (2, 81))
        wanted = http.body(req, schemas.IMAGES)["cache"]
        ids = [one["id"] for one in wanted]
        self._aggregates.cache_images(req.context.ctx, number, ids)
        resp.status = falcon.HTTP_202


def _view(req: falcon.Request, aggregate: Aggregate, hosts: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": aggregate.number,
        "name": aggregate.name,
        "availability_zone": aggregate.details.get(ZONE),
        "hosts": hosts,
        "metadata": aggregate.details,
        "created_at": _time(aggregate.created_at),
        "updated_at": _time(aggregate.updated_at),
        "deleted": False,
        "deleted_at": None,
    }
    if req.context.version >= (2, 41):
        found["uuid"] = aggregate.id
    return found


def _time(moment: Any) -> str | None:
    text = iso_micro(moment)
    return None if text is None else text.removesuffix("Z")
