"""The Placement API: its version document, and providers."""

import falcon

from common.policy import Policy
from compute import errors
from compute.api import ledger_queries as queries
from compute.api.ledger_http import (
    answer,
    body,
    check,
    dated,
    is_json,
    known_only,
    one,
    require,
    wants_json,
)
from compute.logic.placement import Placement
from compute.policies import placement as policies
from compute.scheduler.ledger_request import Place
from compute.schemas import placement as schemas
from compute.views import placement as views

_SINCE = {
    "name": (1, 0),
    "uuid": (1, 0),
    "member_of": (1, 3),
    "resources": (1, 4),
    "in_tree": (1, 14),
    "required": (1, 18),
}
_UUID = {"type": "string", "format": "uuid"}


class RootResource:
    """/: Placement's version document"""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        answer(req, resp, views.root())


class ProvidersResource:
    """/resource_providers and /{provider_id} below it"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        version = require(req, self._policy, policies.READ)
        wants_json(req)
        known_only(req, {name for name, since in _SINCE.items() if since <= version})
        for name in ("uuid", "in_tree"):
            if name in req.params:
                self._check_uuid(one(req, name))
        given = one(req, "resources")
        try:
            found = self._placement.list(
                name=one(req, "name"),
                provider_id=one(req, "uuid"),
                place=queries.place(req, "", version) if req.params else Place(),
                resources=queries.resources(given) if given is not None else {},
            )
        except errors.LedgerBadRequest as error:
            if "No such resource class" in str(error):
                reason = f"Invalid resource class in resources parameter: {error}"
                raise errors.LedgerBadRequest(reason=reason) from error
            raise
        shown = [views.provider(version, row) for row in found]
        answer(req, resp, {"resource_providers": shown})

    def _check_uuid(self, given: str | None) -> None:
        check(given, _UUID, "Invalid query string parameters: ")

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        version = require(req, self._policy, policies.WRITE)
        provider = self._placement.create(body(req, schemas.provider(version, new=True)))
        resp.set_header("Location", f"{req.forwarded_prefix}/resource_providers/{provider.id}")
        if version >= (1, 20):
            answer(req, resp, views.provider(version, provider))
        else:
            resp.status = falcon.HTTP_201

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        version = require(req, self._policy, policies.READ)
        wants_json(req)
        answer(req, resp, views.provider(version, self._placement.get(provider_id)))

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        version = require(req, self._policy, policies.WRITE)
        is_json(req)
        self._placement.get(provider_id)
        wanted = body(req, schemas.provider(version, new=False))
        moving = version >= (1, 37)
        provider = self._placement.update(provider_id, wanted, reparenting=moving)
        answer(req, resp, views.provider(version, provider))

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        require(req, self._policy, policies.WRITE)
        self._placement.delete(provider_id)
        resp.status = falcon.HTTP_204


class CandidatesResource:
    """/allocation_candidates"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        version = require(req, self._policy, policies.READ, since=(1, 10))
        wants_json(req)
        request = queries.candidates(req, version)
        ways, nodes = self._placement.candidates(request)
        answer(req, resp, views.candidates(version, request, ways, nodes))
        dated(req, resp)
