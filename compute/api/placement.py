"""The Placement API: providers, inventories, traits, usages, allocations, candidates."""

from typing import Any

import falcon
import sqlalchemy as sa

from common import errors, http
from common.policy import Policy
from compute.db import ledger
from compute.db.ledger_models import (
    Allocation,
    Consumer,
    Inventory,
    Provider,
    ProviderAggregate,
    ProviderTrait,
)
from compute.logic.placement import Placement, get
from compute.policies import placement as policies
from compute.schemas import placement as schemas
from compute.views import placement as views


class RootResource:
    """/: Placement's version document"""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = views.root()


class ProvidersResource:
    """/resource_providers and /{provider_id} below it"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        found = self._placement.list(req.get_param("name"), req.get_param("uuid"))
        resp.media = {"resource_providers": [views.provider(req.context.version, p) for p in found]}

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        provider = self._placement.create(http.body(req, schemas.PROVIDER))
        resp.set_header("Location", f"{req.forwarded_prefix}/resource_providers/{provider.id}")
        if req.context.version >= (1, 20):
            resp.media = views.provider(req.context.version, provider)
        else:
            resp.status = falcon.HTTP_201

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        resp.media = views.provider(req.context.version, self._placement.get(provider_id))

    def on_put_one(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        wanted = http.body(req, schemas.PROVIDER)
        provider = self._placement.rename(provider_id, wanted["name"])
        resp.media = views.provider(req.context.version, provider)

    def on_delete_one(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        self._placement.delete(provider_id)
        resp.status = falcon.HTTP_204


class ProviderPartsResource:
    """/resource_providers/{provider_id}/inventories|traits|aggregates|usages|allocations"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get_inventories(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        resp.media = self._inventories(provider_id)

    def _inventories(self, provider_id: str) -> dict[str, Any]:
        with self._placement.reading() as session:
            provider = get(session, provider_id)
            query = sa.select(Inventory).where(Inventory.provider_id == provider_id)
            return {
                "resource_provider_generation": provider.generation,
                "inventories": {
                    row.resource_class: views.inventory(row) for row in session.scalars(query)
                },
            }

    def on_put_inventories(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        wanted = http.body(req, schemas.INVENTORIES)
        self._placement.set_inventories(
            provider_id, wanted["resource_provider_generation"], wanted["inventories"]
        )
        resp.media = self._inventories(provider_id)

    def on_get_traits(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        resp.media = self._traits(provider_id)

    def _traits(self, provider_id: str) -> dict[str, Any]:
        with self._placement.reading() as session:
            provider = get(session, provider_id)
            query = sa.select(ProviderTrait.trait).where(ProviderTrait.provider_id == provider_id)
            return {
                "resource_provider_generation": provider.generation,
                "traits": sorted(session.scalars(query)),
            }

    def on_put_traits(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        wanted = http.body(req, schemas.TRAITS)
        self._placement.set_traits(
            provider_id, wanted["resource_provider_generation"], wanted["traits"]
        )
        resp.media = self._traits(provider_id)

    def on_get_aggregates(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        with self._placement.reading() as session:
            provider = get(session, provider_id)
            query = sa.select(ProviderAggregate.aggregate_id).where(
                ProviderAggregate.provider_id == provider_id
            )
            resp.media = {"aggregates": sorted(session.scalars(query))}
        if req.context.version >= (1, 19):
            resp.media["resource_provider_generation"] = provider.generation

    def on_get_usages(self, req: falcon.Request, resp: falcon.Response, provider_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        with self._placement.reading() as session:
            provider = get(session, provider_id)
            query = sa.select(Inventory.resource_class).where(Inventory.provider_id == provider_id)
            none = dict.fromkeys(session.scalars(query), 0)
            resp.media = {
                "resource_provider_generation": provider.generation,
                "usages": none | ledger.usage(session, provider_id),
            }

    def on_get_allocations(
        self, req: falcon.Request, resp: falcon.Response, provider_id: str
    ) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        with self._placement.reading() as session:
            provider = get(session, provider_id)
            query = sa.select(Allocation).where(Allocation.provider_id == provider_id)
            held: dict[str, Any] = {}
            for row in session.scalars(query):
                entry = held.setdefault(row.consumer_id, {"resources": {}})
                entry["resources"][row.resource_class] = row.used
            resp.media = {
                "resource_provider_generation": provider.generation,
                "allocations": held,
            }


class AllocationsResource:
    """/allocations/{consumer_id}, /usages and /allocation_candidates"""

    def __init__(self, policy: Policy, placement: Placement) -> None:
        self._policy = policy
        self._placement = placement

    def on_get(self, req: falcon.Request, resp: falcon.Response, consumer_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        with self._placement.reading() as session:
            consumer = session.get(Consumer, consumer_id)
            query = (
                sa.select(Allocation, Provider.generation)
                .join(Provider, Provider.id == Allocation.provider_id)
                .where(Allocation.consumer_id == consumer_id)
            )
            rows = [(row, generation) for row, generation in session.execute(query)]
        resp.media = views.allocations(req.context.version, consumer, rows)

    def on_put(self, req: falcon.Request, resp: falcon.Response, consumer_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        self._placement.set_allocations(consumer_id, http.body(req, schemas.ALLOCATIONS))
        resp.status = falcon.HTTP_204

    def on_delete(self, req: falcon.Request, resp: falcon.Response, consumer_id: str) -> None:
        self._policy.authorize(req.context.ctx, policies.WRITE)
        self._placement.drop_allocations(consumer_id)
        resp.status = falcon.HTTP_204

    def on_get_usages(self, req: falcon.Request, resp: falcon.Response) -> None:
        project_id = req.get_param("project_id")
        target = {"project_id": project_id, "user_id": req.context.ctx.user_id}
        self._policy.authorize(req.context.ctx, policies.USAGES, target)
        if not project_id:
            raise errors.BadRequest(reason="project_id is a required parameter.")
        query = (
            sa.select(Allocation.resource_class, sa.func.sum(Allocation.used))
            .join(Consumer, Consumer.id == Allocation.consumer_id)
            .where(Consumer.project_id == project_id)
            .group_by(Allocation.resource_class)
        )
        if req.get_param("user_id"):
            query = query.where(Consumer.user_id == req.get_param("user_id"))
        with self._placement.reading() as session:
            resp.media = {"usages": {name: int(n) for name, n in session.execute(query)}}

    def on_get_candidates(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.READ)
        wanted = _resources(req.get_param("resources"))
        required = {one for one in (req.get_param("required") or "").split(",") if one}
        with self._placement.reading() as session:
            traits = ledger.provider_traits(session)
            providers = list(session.scalars(sa.select(Provider)))
            rows = list(session.scalars(sa.select(Inventory)))
            used = {one.id: ledger.usage(session, one.id) for one in providers}
        resp.media = views.candidates(providers, rows, used, traits, wanted, required)


def _resources(given: str | None) -> dict[str, int]:
    try:
        pairs = [part.split(":") for part in (given or "").split(",")]
        return {name: int(amount) for name, amount in pairs}
    except ValueError as error:
        raise errors.BadRequest(
            reason="resources is needed, in the form VCPU:1,MEMORY_MB:512"
        ) from error
