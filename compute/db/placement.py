"""The ledger's queries for its own API."""

from collections.abc import Collection, Iterable
from typing import Any

import os_resource_classes
import os_traits
import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from compute import errors
from compute.db.ledger import used_by_provider
from compute.db.ledger_models import (
    Allocation,
    Consumer,
    Inventory,
    Provider,
    ProviderAggregate,
    ProviderTrait,
    ResourceClass,
    Trait,
)
from compute.scheduler.placing import Node, Stock

STANDARD_CLASSES: tuple[str, ...] = tuple(os_resource_classes.STANDARDS)
STANDARD_TRAITS = frozenset(os_traits.get_traits())
UNKNOWN = "unknown"
"""The kind of a consumer that nobody named one for."""


def provider(session: orm.Session, provider_id: str) -> Provider:
    """Return a provider's row.  Raises LedgerMissing."""
    found = session.get(Provider, provider_id)
    if found is None:
        raise errors.LedgerMissing(reason=f"No resource provider with uuid {provider_id} found")
    return found


def move_on(session: orm.Session, row: Provider, generation: int | None = None) -> None:
    """Move a provider's generation on from the one given, or from the one read.

    Raises ConcurrentUpdate when it has another.
    """
    expected = row.generation if generation is None else generation
    guard = (
        sa.update(Provider)
        .where(Provider.id == row.id, Provider.generation == expected)
        .values(generation=Provider.generation + 1)
    )
    if not db.matched(session, guard):
        raise errors.ConcurrentUpdate(
            reason=f"resource provider generation conflict: {row.id} was changed by another "
            "request; read it again and try again"
        )
    session.refresh(row)


def nodes(session: orm.Session) -> list[Node]:
    """Return every provider with its stocks, traits and groups, by four queries."""
    traits = _sets(session, sa.select(ProviderTrait.provider_id, ProviderTrait.trait))
    groups = _sets(
        session, sa.select(ProviderAggregate.provider_id, ProviderAggregate.aggregate_id)
    )
    stocks: dict[str, dict[str, Stock]] = {}
    used = used_by_provider()
    query = sa.select(Inventory, sa.func.coalesce(used.c.used, 0)).outerjoin(
        used,
        sa.and_(
            used.c.provider_id == Inventory.provider_id,
            used.c.resource_class == Inventory.resource_class,
        ),
    )
    for row, taken in session.execute(query):
        stocks.setdefault(row.provider_id, {})[row.resource_class] = _stock(row, int(taken))
    rows = session.scalars(sa.select(Provider).order_by(Provider.created_at, Provider.id))
    return [
        Node(
            id=row.id,
            parent=row.parent_id,
            root=row.root_id,
            traits=frozenset(traits.get(row.id, ())),
            groups=frozenset(groups.get(row.id, ())),
            stocks=stocks.get(row.id, {}),
        )
        for row in rows
    ]


def _stock(row: Inventory, used: int) -> Stock:
    return Stock(
        total=row.total,
        reserved=row.reserved,
        min_unit=row.min_unit,
        max_unit=row.max_unit,
        step_size=row.step_size,
        ratio=row.allocation_ratio,
        used=used,
    )


def _sets(session: orm.Session, query: sa.Select[Any, Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for owner, word in session.execute(query):
        found.setdefault(owner, set()).add(word)
    return found


def inventories(session: orm.Session, provider_id: str) -> dict[str, Inventory]:
    """Return what a provider has, by class."""
    query = sa.select(Inventory).where(Inventory.provider_id == provider_id)
    return {row.resource_class: row for row in session.scalars(query)}


def traits(session: orm.Session, provider_id: str) -> list[str]:
    """Return a provider's traits, sorted."""
    query = sa.select(ProviderTrait.trait).where(ProviderTrait.provider_id == provider_id)
    return sorted(session.scalars(query))


def groups(session: orm.Session, provider_id: str) -> list[str]:
    """Return the groups a provider is in, sorted."""
    query = sa.select(ProviderAggregate.aggregate_id)
    query = query.where(ProviderAggregate.provider_id == provider_id)
    return sorted(session.scalars(query))


def subtree(session: orm.Session, top: Provider) -> list[Provider]:
    """Return a provider and all below it."""
    query = sa.select(Provider).where(Provider.root_id == top.root_id)
    below: dict[str | None, list[Provider]] = {}
    for row in session.scalars(query):
        below.setdefault(row.parent_id, []).append(row)
    found, left = [], [top]
    while left:
        row = left.pop()
        found.append(row)
        left.extend(below.get(row.id, ()))
    return found


def held(
    session: orm.Session, condition: sa.ColumnElement[bool]
) -> list[tuple[Allocation, Provider, Consumer]]:
    """Return allocations with whose they are and whom they are of."""
    query = (
        sa.select(Allocation, Provider, Consumer)
        .join(Provider, Provider.id == Allocation.provider_id)
        .join(Consumer, Consumer.id == Allocation.consumer_id)
        .where(condition)
        .order_by(Allocation.provider_id, Allocation.resource_class)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def usages(
    session: orm.Session, project_id: str, user_id: str | None, kind: str | None
) -> list[tuple[str, str, int, str]]:
    """Return (kind, class, amount, consumer) of each allocation of a project."""
    query = (
        sa.select(Consumer.kind, Allocation.resource_class, Allocation.used, Allocation.consumer_id)
        .join(Consumer, Consumer.id == Allocation.consumer_id)
        .where(Consumer.project_id == project_id)
    )
    if user_id:
        query = query.where(Consumer.user_id == user_id)
    if kind:
        query = query.where(Consumer.kind == kind)
    return [(row[0], row[1], int(row[2]), row[3]) for row in session.execute(query)]


def custom_classes(session: orm.Session) -> list[str]:
    """Return the resource classes that were added here."""
    return list(session.scalars(sa.select(ResourceClass.name).order_by(ResourceClass.name)))


def require_classes(session: orm.Session, names: Iterable[str]) -> None:
    """Return when all are resource classes.  Raises LedgerBadRequest naming one that is none."""
    unknown = sorted(set(names) - set(STANDARD_CLASSES))
    if not unknown:
        return
    query = sa.select(ResourceClass.name).where(ResourceClass.name.in_(unknown))
    for name in sorted(set(unknown) - set(session.scalars(query))):
        raise errors.LedgerBadRequest(reason=f"No such resource class {name}.")


def known_traits(session: orm.Session) -> set[str]:
    """Return every trait: the standard ones, those added here, and those that hosts report."""
    own = set(session.scalars(sa.select(Trait.name)))
    return own | STANDARD_TRAITS | associated_traits(session)


def associated_traits(session: orm.Session) -> set[str]:
    """Return the traits that some provider has."""
    return set(session.scalars(sa.select(ProviderTrait.trait).distinct()))


def missing_traits(session: orm.Session, names: Collection[str]) -> list[str]:
    """Return those of the names that are no trait."""
    unknown = set(names) - STANDARD_TRAITS
    return sorted(unknown - known_traits(session)) if unknown else []
