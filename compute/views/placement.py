"""The ledger as the Placement API shows it."""

from collections.abc import Iterable, Sequence
from typing import Any

from compute.db.ledger_models import Allocation, Consumer, Inventory, Provider
from compute.scheduler.ledger_request import Request
from compute.scheduler.placing import Node, Way

Version = tuple[int, int]
Held = Sequence[tuple[Allocation, Provider, Consumer]]
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


def held_by(version: Version, rows: Held) -> dict[str, Any]:
    """Return what one consumer holds; nothing for one that nobody knows."""
    held: dict[str, Any] = {}
    for row, owner, _ in rows:
        entry = held.setdefault(owner.id, {"resources": {}, "generation": owner.generation})
        entry["resources"][row.resource_class] = row.used
    found: dict[str, Any] = {"allocations": held}
    if rows and version >= (1, 12):
        consumer = rows[0][2]
        found |= {"project_id": consumer.project_id, "user_id": consumer.user_id}
        if version >= (1, 28):
            found["consumer_generation"] = consumer.generation
        if version >= (1, 38):
            found["consumer_type"] = consumer.kind
    return found


def held_of(version: Version, row: Provider, rows: Held) -> dict[str, Any]:
    """Return what is held of one provider, by consumer."""
    held: dict[str, Any] = {}
    for allocation, _, consumer in rows:
        entry = held.setdefault(consumer.id, {"resources": {}})
        entry["resources"][allocation.resource_class] = allocation.used
        if version >= (1, 28):
            entry["consumer_generation"] = consumer.generation
    return {"allocations": held, "resource_provider_generation": row.generation}


def candidates(
    version: Version, request: Request, ways: Sequence[Way], nodes: Iterable[Node]
) -> dict[str, Any]:
    """Return the ways to give what was asked, and the providers that are concerned."""
    return {
        "allocation_requests": [_way(version, way) for way in ways],
        "provider_summaries": {node.id: _summary(version, request, node) for node in nodes},
    }


def _way(version: Version, way: Way) -> dict[str, Any]:
    held: dict[str, dict[str, int]] = {}
    for (owner, name), amount in way.amounts:
        held.setdefault(owner, {})[name] = amount
    if version < (1, 12):
        listed = [
            {"resource_provider": {"uuid": owner}, "resources": resources}
            for owner, resources in held.items()
        ]
        return {"allocations": listed}
    found: dict[str, Any] = {
        "allocations": {owner: {"resources": resources} for owner, resources in held.items()}
    }
    if version >= (1, 34):
        found["mappings"] = {suffix: sorted(ids) for suffix, ids in way.serving}
    return found


def _summary(version: Version, request: Request, node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resources": {
            name: {"capacity": stock.capacity, "used": stock.used}
            for name, stock in node.stocks.items()
            if version >= (1, 27) or name in request.classes
        }
    }
    if version >= (1, 17):
        custom_last = sorted(node.traits, key=lambda name: (name.startswith("CUSTOM_"), name))
        found["traits"] = custom_last
    if version >= (1, 29):
        found |= {"parent_provider_uuid": node.parent, "root_provider_uuid": node.root}
    return found
