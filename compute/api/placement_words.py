"""The words of the ledger: resource classes and traits."""

import falcon

from common.policy import Policy
from compute import errors
from compute.api.ledger_http import answer, body, check, dated, known_only, one, require, wants_json
from compute.db import placement as queries
from compute.db.placement import STANDARD_CLASSES
from compute.logic.placement import Placement
from compute.policies import placement as policies
from compute.schemas import placement as schemas


class TraitsResource:
    """/traits and /{name} below it"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        require(req, self._policy, policies.READ, since=(1, 6))
        wants_json(req)
        known_only(req, ("name", "associated"))
        with self._placement.reading() as session:
            found = queries.known_traits(session)
            used = queries.associated_traits(session)
        given = one(req, "name")
        if given is not None:
            form, _, value = given.partition(":")
            if form == "startswith":
                found = {name for name in found if name.startswith(value)}
            elif form == "in":
                found &= set(value.split(","))
            else:
                raise errors.LedgerBadRequest(
                    reason="Badly formatted name parameter. Expected name query string parameter "
                    f'in form: ?name=[in|startswith]:[name1,name2|prefix]. Got: "{given}"'
                )
        associated = one(req, "associated")
        if associated is not None:
            if associated.lower() not in ("true", "false"):
                raise errors.LedgerBadRequest(
                    reason='The query parameter "associated" only accepts "true" or "false"'
                )
            found = found & used if associated.lower() == "true" else found - used
        answer(req, resp, {"traits": sorted(found)})

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        require(req, self._policy, policies.READ, since=(1, 6))
        with self._placement.reading() as session:
            if queries.missing_traits(session, [name]):
                raise errors.LedgerMissing(reason=f"No such trait(s): {name}.")
        resp.status = falcon.HTTP_204
        dated(req, resp)

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        require(req, self._policy, policies.WRITE, since=(1, 6))
        try:
            check(name, schemas.CUSTOM_TRAIT)
        except errors.LedgerBadRequest as error:
            raise errors.LedgerBadRequest(
                reason="The trait is invalid. A valid trait must be no longer than 255 "
                'characters, start with the prefix "CUSTOM_" and use following characters: '
                '"A"-"Z", "0"-"9" and "_"'
            ) from error
        new = self._placement.add_trait(name)
        resp.status = falcon.HTTP_201 if new else falcon.HTTP_204
        resp.set_header("Location", f"{req.forwarded_prefix}/traits/{name}")
        dated(req, resp)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        require(req, self._policy, policies.WRITE, since=(1, 6))
        self._placement.drop_trait(name)
        resp.status = falcon.HTTP_204


class ClassesResource:
    """/resource_classes and /{name} below it"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def _known(self) -> list[str]:
        with self._placement.reading() as session:
            return [*STANDARD_CLASSES, *queries.custom_classes(session)]

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        require(req, self._policy, policies.READ, since=(1, 2))
        wants_json(req)
        answer(req, resp, {"resource_classes": [_view(name) for name in self._known()]})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        require(req, self._policy, policies.WRITE, since=(1, 2))
        name = body(req, schemas.RESOURCE_CLASS)["name"]
        if not self._placement.add_class(name):
            raise errors.LedgerConflict(reason=f"Conflicting resource class already exists: {name}")
        resp.status = falcon.HTTP_201
        resp.set_header("Location", f"{req.forwarded_prefix}/resource_classes/{name}")

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        require(req, self._policy, policies.READ, since=(1, 2))
        wants_json(req)
        if name not in self._known():
            raise errors.LedgerMissing(reason=f"No such resource class {name}.")
        answer(req, resp, _view(name))

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        version = require(req, self._policy, policies.WRITE, since=(1, 2))
        if version < (1, 7):
            wanted = body(req, schemas.RESOURCE_CLASS)["name"]
            self._placement.rename_class(name, wanted)
            answer(req, resp, _view(wanted))
            return
        check({"name": name}, schemas.RESOURCE_CLASS)
        new = self._placement.add_class(name)
        resp.status = falcon.HTTP_201 if new else falcon.HTTP_204
        resp.set_header("Location", f"{req.forwarded_prefix}/resource_classes/{name}")

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        require(req, self._policy, policies.WRITE, since=(1, 2))
        self._placement.drop_class(name)
        resp.status = falcon.HTTP_204


def _view(name: str) -> dict[str, object]:
    at = f"/resource_classes/{name}"
    return {"name": name, "links": [{"rel": "self", "href": at}]}
