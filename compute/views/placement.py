"""The ledger as the Placement API shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from compute.db import ledger
from compute.db.ledger_models import Allocation, Consumer, Inventory, Provider

Version = tuple[int, int]
PARTS = (
    ("inventories", (1, 0)),
    ("usages", (1, 0)),
    ("aggregates", (1, 1)),
    ("traits", (1, 6)),
    ("allocations", (1, 11)),
)


def root() -> dict[str, Any]:
    """Return the version document."""
    return {
        "versions": [
            {
                "id": "v1.0",
                "min_version": "1.0",
                "max_version": "1.39",
                "status": "CURRENT",
                "links": [{"rel": "self", "href": ""}],
            }
        ]
    }


def provider(version: Version, row: Provider) -> dict[str, Any]:
    """Return one resource provider."""
    at = f"/resource_providers/{row.id}"
    found: dict[str, Any] = {
        "uuid": row.id,
        "name": row.name,
        "generation": row.generation,
        "links": [
            {"rel": "self", "href": at},
            *({"rel": name, "href": f"{at}/{name}"} for name, since in PARTS if since <= version),
        ],
    }
    if version >= (1, 14):
        found |= {"parent_provider_uuid": row.parent_id, "root_provider_uuid": row.root_id}
    return found


def inventory(row: Inventory) -> dict[str, Any]:
    """Return how much of one class a provider has."""
    return {
        "total": row.total,
        "reserved": row.reserved,
        "min_unit": row.min_unit,
        "max_unit": row.max_unit,
        "step_size": row.step_size,
        "allocation_ratio": row.allocation_ratio,
    }


def allocations(
    version: Version, consumer: Consumer | None, rows: Sequence[tuple[Allocation, int]]
) -> dict[str, Any]:
    """Return what one consumer holds; nothing for one that nobody knows."""
    held: dict[str, Any] = {}
    for row, generation in rows:
        entry = held.setdefault(row.provider_id, {"resources": {}, "generation": generation})
        entry["resources"][row.resource_class] = row.used
    found: dict[str, Any] = {"allocations": held}
    if consumer is not None and version >= (1, 12):
        found |= {"project_id": consumer.project_id, "user_id": consumer.user_id}
        if version >= (1, 28):
            found["consumer_generation"] = consumer.generation
        if version >= (1, 38):
            found["consumer_type"] = consumer.kind
    return found


def candidates(
    providers: Sequence[Provider],
    inventories: Sequence[Inventory],
    used: Mapping[str, Mapping[str, int]],
    traits: Mapping[str, Sequence[str]],
    wanted: Mapping[str, int],
    required: set[str],
) -> dict[str, Any]:
    """Return the providers that could hold all of what is wanted, each by itself."""
    by_provider: dict[str, dict[str, Inventory]] = {}
    for row in inventories:
        by_provider.setdefault(row.provider_id, {})[row.resource_class] = row
    requests, summaries = [], {}
    for one in providers:
        has = by_provider.get(one.id, {})
        taken = used[one.id]
        fits = all(
            name in has
            and amount <= min(ledger.capacity(has[name]) - taken.get(name, 0), has[name].max_unit)
            for name, amount in wanted.items()
        )
        if not fits or not required <= set(traits.get(one.id, ())):
            continue
        requests.append(
            {
                "allocations": {one.id: {"resources": dict(wanted)}},
                "mappings": {"": [one.id]},
            }
        )
        summaries[one.id] = {
            "resources": {
                name: {"capacity": ledger.capacity(row), "used": taken.get(name, 0)}
                for name, row in has.items()
            },
            "traits": list(traits.get(one.id, ())),
            "parent_provider_uuid": one.parent_id,
            "root_provider_uuid": one.root_id,
        }
    return {"allocation_requests": requests, "provider_summaries": summaries}
