"""What belongs to a provider: inventories, traits, groups, and what is held of it."""

from typing import Any

import falcon

from common import errors as roots
from common.policy import Policy
from compute import errors
from compute.api.ledger_http import Version, answer, body, is_json, require, wants_json
from compute.db import ledger as sums
from compute.db import placement as queries
from compute.db.ledger_models import Allocation, Provider
from compute.logic.ledger import Ledger
from compute.logic.placement import Placement
from compute.policies import placement as policies
from compute.schemas import placement as schemas
from compute.views import placement as views

FULL = (1, 26)
"""From here on all of an inventory may be reserved."""


class InventoriesResource:
    """/resource_providers/{provider_id}/inventories and /{name} below it"""

    def __init__(self, policy: Policy, placement: Placement, ledger: Ledger) -> None:
        self._policy = policy
        self._placement = placement
        self._ledger = ledger

    def on_get(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        require(req, self._policy, policies.READ)
        wants_json(req)
        answer(req, resp, self._all(provider_id))

    def _all(self, provider_id: str) -> dict[str, Any]:
        with self._placement.reading() as session:
            provider = queries.provider(session, provider_id)
            rows = queries.inventories(session, provider_id)
        return {
            "resource_provider_generation": provider.generation,
            "inventories": {name: views.inventory(row) for name, row in rows.items()},
        }

    def on_post(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        version = require(req, self._policy, policies.WRITE)
        is_json(req)
        self._placement.get(provider_id)
        wanted = body(req, schemas.NEW_INVENTORY)
        name = wanted["resource_class"]
        provider, row = self._ledger.set_inventory(
            provider_id,
            wanted.get("resource_provider_generation"),
            name,
            wanted,
            full=version >= FULL,
            new=True,
        )
        at = f"{req.forwarded_prefix}/resource_providers/{provider_id}/inventories/{name}"
        resp.set_header("Location", at)
        answer(req, resp, _one(provider, row))
        resp.status = falcon.HTTP_201

    def on_put(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        version = require(req, self._policy, policies.WRITE)
        is_json(req)
        self._placement.get(provider_id)
        wanted = body(req, schemas.INVENTORIES)
        self._ledger.set_inventories(
            provider_id,
            wanted["resource_provider_generation"],
            wanted["inventories"],
            full=version >= FULL,
        )
        answer(req, resp, self._all(provider_id))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        if require(req, self._policy, policies.WRITE) < (1, 5):
            raise roots.MethodNotAllowed(method="DELETE")
        self._ledger.set_inventories(provider_id, None, {}, full=True)
        resp.status = falcon.HTTP_204

    def on_get_one(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str, name: str
    ) -> None:
        require(req, self._policy, policies.READ)
        wants_json(req)
        with self._placement.reading() as session:
            provider = queries.provider(session, provider_id)
            row = queries.inventories(session, provider_id).get(name)
        if row is None:
            raise errors.LedgerMissing(reason=f"No inventory of class {name} for {provider_id}")
        answer(req, resp, _one(provider, row))

    def on_put_one(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str, name: str
    ) -> None:
        version = require(req, self._policy, policies.WRITE)
        is_json(req)
        self._placement.get(provider_id)
        wanted = body(req, schemas.INVENTORY)
        provider, row = self._ledger.set_inventory(
            provider_id,
            wanted["resource_provider_generation"],
            name,
            wanted,
            full=version >= FULL,
            new=False,
        )
        answer(req, resp, _one(provider, row))

    def on_delete_one(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str, name: str
    ) -> None:
        require(req, self._policy, policies.WRITE)
        self._ledger.drop_inventory(provider_id, name)
        resp.status = falcon.HTTP_204


def _one(provider: Provider, row: Any) -> dict[str, Any]:
    return views.inventory(row) | {"resource_provider_generation": provider.generation}


class ProviderPartsResource:
    """/resource_providers/{provider_id}/traits|aggregates|usages|allocations"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get_traits(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        require(req, self._policy, policies.READ, since=(1, 6))
        wants_json(req)
        answer(req, resp, self._traits(provider_id))

    def _traits(self, provider_id: str) -> dict[str, Any]:
        with self._placement.reading() as session:
            provider = queries.provider(session, provider_id)
            return {
                "traits": queries.traits(session, provider_id),
                "resource_provider_generation": provider.generation,
            }

    def on_put_traits(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        require(req, self._policy, policies.WRITE, since=(1, 6))
        wanted = body(req, schemas.TRAITS)
        generation = wanted["resource_provider_generation"]
        self._placement.set_traits(provider_id, generation, wanted["traits"])
        answer(req, resp, self._traits(provider_id))

    def on_delete_traits(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        require(req, self._policy, policies.WRITE, since=(1, 6))
        self._placement.set_traits(provider_id, None, [])
        resp.status = falcon.HTTP_204

    def on_get_aggregates(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        version = require(req, self._policy, policies.READ, since=(1, 1))
        wants_json(req)
        with self._placement.reading() as session:
            provider = queries.provider(session, provider_id)
            found = queries.groups(session, provider_id)
        answer(req, resp, _groups(version, provider, found))

    def on_put_aggregates(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        version = require(req, self._policy, policies.WRITE, since=(1, 1))
        is_json(req)
        self._placement.get(provider_id)
        wanted = body(req, schemas.groups(version))
        generation, groups = None, wanted
        if version >= (1, 19):
            generation, groups = wanted["resource_provider_generation"], wanted["aggregates"]
        provider = self._placement.set_groups(provider_id, generation, groups)
        answer(req, resp, _groups(version, provider, groups))

    def on_get_usages(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        require(req, self._policy, policies.READ)
        wants_json(req)
        with self._placement.reading() as session:
            provider = queries.provider(session, provider_id)
            none = dict.fromkeys(queries.inventories(session, provider_id), 0)
            used = none | sums.usage(session, provider_id)
        shown = {"resource_provider_generation": provider.generation, "usages": used}
        answer(req, resp, shown)

    def on_get_allocations(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        version = require(req, self._policy, policies.READ)
        wants_json(req)
        with self._placement.reading() as session:
            provider = queries.provider(session, provider_id)
            rows = queries.held(session, Allocation.provider_id == provider_id)
        answer(req, resp, views.held_of(version, provider, rows))


def _groups(version: Version, provider: Provider, groups: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"aggregates": groups}
    if version >= (1, 19):
        found["resource_provider_generation"] = provider.generation
    return found
