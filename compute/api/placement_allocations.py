"""Who holds what: /allocations, /reshaper and /usages"""

import uuid
from typing import Any

import falcon

from common import errors as roots
from common.policy import Policy
from compute import errors
from compute.api.ledger_http import answer, body, check, known_only, one, require, wants_json
from compute.db import placement as queries
from compute.db.ledger_models import Allocation
from compute.logic.ledger import Ledger
from compute.logic.placement import Placement
from compute.policies import placement as policies
from compute.schemas import placement as schemas
from compute.views import placement as views

GUARDED = (1, 28)
"""From here on whoever changes what a consumer holds names the generation it was read at."""

_ID = {"type": "string", "minLength": 1, "maxLength": 255}
_KIND = _ID | {"pattern": "^[A-Z0-9_]+$|^all$|^unknown$"}


class AllocationsResource:
    """/allocations, /allocations/{consumer_id} and /reshaper"""

    def __init__(self, policy: Policy, placement: Placement, ledger: Ledger) -> None:
        self._policy = policy
        self._placement = placement
        self._ledger = ledger

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, consumer_id: str) -> None:
        version = require(req, self._policy, policies.READ)
        wants_json(req)
        with self._placement.reading() as session:
            rows = queries.held(session, Allocation.consumer_id == consumer_id)
        answer(req, resp, views.held_by(version, rows))

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, consumer_id: str) -> None:
        version = require(req, self._policy, policies.WRITE)
        try:
            consumer = str(uuid.UUID(consumer_id))
        except ValueError as error:
            raise errors.LedgerBadRequest(
                reason=f"Malformed consumer_uuid: {consumer_id}"
            ) from error
        wanted = body(req, schemas.allocations(version))
        if version < (1, 12):
            listed = wanted["allocations"]
            held = {each["resource_provider"]["uuid"]: each for each in listed}
            wanted = wanted | {"allocations": held}
        self._ledger.allocate({consumer: wanted}, guarded=version >= GUARDED)
        resp.status = falcon.HTTP_204

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, consumer_id: str) -> None:
        require(req, self._policy, policies.WRITE)
        self._ledger.release(consumer_id)
        resp.status = falcon.HTTP_204

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        version = require(req, self._policy, policies.WRITE, since=(1, 13))
        wanted = body(req, schemas.every_allocation(version))
        self._ledger.allocate(wanted, guarded=version >= GUARDED)
        resp.status = falcon.HTTP_204

    def on_post_reshape(self, req: falcon.Request, resp: falcon.Response) -> None:
        version = require(req, self._policy, policies.RESHAPE, since=(1, 30))
        wanted = body(req, schemas.reshape(version))
        self._ledger.reshape(wanted["inventories"], wanted["allocations"])
        resp.status = falcon.HTTP_204


class UsagesResource:
    """/usages"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        project_id, user_id = one(req, "project_id"), one(req, "user_id")
        target = {"project_id": project_id, "user_id": req.context.ctx.user_id}
        self._policy.authorize(req.context.ctx, policies.USAGES, target)
        version = req.context.version
        if version < (1, 9):
            raise roots.NotFound()
        wants_json(req)
        names = ["project_id", "user_id", *(["consumer_type"] if version >= (1, 38) else [])]
        known_only(req, names)
        before = "Invalid query string parameters: "
        if project_id is None:
            raise errors.LedgerBadRequest(reason=f"{before}'project_id' is a required property")
        kind = one(req, "consumer_type")
        for given, schema in ((project_id, _ID), (user_id, _ID), (kind, _KIND)):
            if given is not None:
                check(given, schema, before)
        with self._placement.reading() as session:
            rows = queries.usages(session, project_id, user_id, None if kind == "all" else kind)
        answer(req, resp, {"usages": self._sums(rows, kind, grouped=version >= (1, 38))})

    def _sums(self, rows: Any, kind: str | None, *, grouped: bool) -> dict[str, Any]:
        plain: dict[str, int] = {}
        kinds: dict[str, dict[str, int]] = {}
        consumers: dict[str, set[str]] = {}
        for each, name, amount, consumer in rows:
            under = "all" if kind == "all" else each
            plain[name] = plain.get(name, 0) + amount
            found = kinds.setdefault(under, {})
            found[name] = found.get(name, 0) + amount
            consumers.setdefault(under, set()).add(consumer)
        if not grouped:
            return plain
        return {
            under: {**found, "consumer_count": len(consumers[under])}
            for under, found in kinds.items()
        }
