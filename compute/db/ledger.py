"""The ledger's queries: what hosts have left, and claims on it."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from compute import errors
from compute.db.ledger_models import (
    Aggregate,
    AggregateHost,
    Allocation,
    Consumer,
    Host,
    Inventory,
    Provider,
    ProviderTrait,
    Service,
)
from compute.db.models import Migration, Server
from compute.scheduler.choice import Candidate


def used_by_provider() -> sa.Subquery:
    """Return the sums of allocations by provider and class."""
    return (
        sa.select(
            Allocation.provider_id,
            Allocation.resource_class,
            sa.func.sum(Allocation.used).label("used"),
        )
        .group_by(Allocation.provider_id, Allocation.resource_class)
        .subquery()
    )


def candidates(
    session: orm.Session, now: dt.datetime, down_after_s: float, default_zone: str
) -> list[Candidate]:
    """Return every host with what it has left."""
    used = used_by_provider()
    query = (
        sa.select(Host, Provider, Service, Inventory, sa.func.coalesce(used.c.used, 0))
        .join(Provider, Provider.id == Host.id)
        .join(Service, sa.and_(Service.host == Host.name, Service.binary == "nova-compute"))
        .outerjoin(Inventory, Inventory.provider_id == Provider.id)
        .outerjoin(
            used,
            sa.and_(
                used.c.provider_id == Inventory.provider_id,
                used.c.resource_class == Inventory.resource_class,
            ),
        )
    )
    alive_since = now - dt.timedelta(seconds=down_after_s)
    traits = provider_traits(session)
    aggregates = aggregates_by_host(session)
    found: dict[str, dict[str, Any]] = {}
    for host, provider, service, inventory, taken in session.execute(query):
        groups = aggregates.get(host.name, [])
        facts = found.setdefault(
            provider.id,
            {
                "provider_id": provider.id,
                "generation": provider.generation,
                "host": host.name,
                "up": is_up(service, alive_since),
                "enabled": not service.disabled,
                "zone": zone_of(groups, default_zone),
                "traits": frozenset(traits.get(provider.id, ())),
                "aggregates": tuple(group.details for group in groups),
                "free": {},
                "max_unit": {},
            },
        )
        if inventory is not None:
            facts["free"][inventory.resource_class] = capacity(inventory) - int(taken)
            facts["max_unit"][inventory.resource_class] = inventory.max_unit
    return [Candidate(**facts) for facts in found.values()]


def is_up(service: Service, alive_since: dt.datetime) -> bool:
    """Say whether a process gave a sign of life and nobody declared it down."""
    return service.seen_at >= alive_since and not service.forced_down


def capacity(inventory: Inventory) -> int:
    """Return how much of a class can be claimed, ratio applied."""
    return int((inventory.total - inventory.reserved) * inventory.allocation_ratio)


def zone_of(groups: list[Aggregate], default_zone: str) -> str:
    """Return the zone that a host's aggregates put it in."""
    zones = [g.details["availability_zone"] for g in groups if "availability_zone" in g.details]
    return zones[0] if zones else default_zone


def provider_traits(session: orm.Session) -> dict[str, list[str]]:
    """Return the traits of every provider."""
    found: dict[str, list[str]] = {}
    for row in session.scalars(sa.select(ProviderTrait).order_by(ProviderTrait.trait)):
        found.setdefault(row.provider_id, []).append(row.trait)
    return found


def aggregates_by_host(session: orm.Session) -> dict[str, list[Aggregate]]:
    """Return the aggregates of every host that is in one."""
    query = (
        sa.select(AggregateHost.host, Aggregate)
        .join(Aggregate, Aggregate.number == AggregateHost.aggregate)
        .order_by(Aggregate.number)
    )
    found: dict[str, list[Aggregate]] = {}
    for host, aggregate in session.execute(query):
        found.setdefault(host, []).append(aggregate)
    return found


def claim(
    session: orm.Session,
    consumer_id: str,
    candidate: Candidate,
    resources: Mapping[str, int],
    *,
    project_id: str,
    user_id: str,
) -> None:
    """Write the allocations of one consumer, unless the provider changed since it was read.

    Raises ProviderChanged; the caller reads again and chooses again.
    """
    guard = (
        sa.update(Provider)
        .where(Provider.id == candidate.provider_id, Provider.generation == candidate.generation)
        .values(generation=Provider.generation + 1)
    )
    if not db.matched(session, guard):
        raise errors.ProviderChanged(provider_id=candidate.provider_id)
    release(session, consumer_id)
    session.add(Consumer(id=consumer_id, project_id=project_id, user_id=user_id, generation=1))
    session.flush()
    for resource_class, used in resources.items():
        session.add(
            Allocation(
                consumer_id=consumer_id,
                provider_id=candidate.provider_id,
                resource_class=resource_class,
                used=used,
            )
        )


def release(session: orm.Session, consumer_id: str) -> None:
    """Remove whatever a consumer holds."""
    session.execute(sa.delete(Allocation).where(Allocation.consumer_id == consumer_id))
    session.execute(sa.delete(Consumer).where(Consumer.id == consumer_id))


def hand_over(session: orm.Session, holder: str, receiver: str) -> None:
    """Let another consumer hold what one holds; what the receiver held is released."""
    release(session, receiver)
    found = session.get(Consumer, holder)
    if found is None:
        return
    session.add(
        Consumer(id=receiver, project_id=found.project_id, user_id=found.user_id, kind=found.kind)
    )
    session.flush()
    session.execute(
        sa.update(Allocation)
        .where(Allocation.consumer_id == holder)
        .values(consumer_id=receiver)
        .execution_options(synchronize_session=False)
    )
    session.execute(sa.delete(Consumer).where(Consumer.id == holder))


def release_server(session: orm.Session, server_id: str) -> None:
    """Remove what a server holds, under its own id and under those of its migrations."""
    moves = sa.select(Migration.id).where(Migration.server_id == server_id)
    for consumer_id in [server_id, *session.scalars(moves)]:
        release(session, consumer_id)


def release_dead(session: orm.Session, limit: int = 500) -> list[str]:
    """Remove what deleted servers still hold, and return their ids.

    A consumer that never was a server belongs to whoever wrote it through the Placement API.
    """
    query = (
        sa.select(Consumer.id)
        .join(Server, Server.id == Consumer.id)
        .where(Server.deleted_at.is_not(None))
        .limit(limit)
    )
    moved = (
        sa.select(Consumer.id)
        .join(Migration, Migration.id == Consumer.id)
        .join(Server, Server.id == Migration.server_id)
        .where(Server.deleted_at.is_not(None))
        .limit(limit)
    )
    dead = [*session.scalars(query), *session.scalars(moved)]
    for consumer_id in dead:
        release(session, consumer_id)
    return dead


def usage(session: orm.Session, provider_id: str) -> dict[str, int]:
    """Return what is held of one provider, by class."""
    query = (
        sa.select(Allocation.resource_class, sa.func.sum(Allocation.used))
        .where(Allocation.provider_id == provider_id)
        .group_by(Allocation.resource_class)
    )
    return {name: int(amount) for name, amount in session.execute(query)}
