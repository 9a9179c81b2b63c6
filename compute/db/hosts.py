"""Queries about hosts and the processes on them."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from compute.db.ledger_models import (
    AggregateHost,
    Allocation,
    Host,
    Inventory,
    Provider,
    ProviderAggregate,
    ProviderTrait,
    Service,
)
from compute.db.models import Server

COMPUTE = "nova-compute"
INTERNAL_ZONE = "internal"


@dataclasses.dataclass(frozen=True)
class ServiceState:
    """A process, whether it is up, and the zone it is in."""

    service: Service
    up: bool
    zone: str


@dataclasses.dataclass(frozen=True)
class HostState:
    """A host, its process, and its figures by resource class."""

    host: Host
    service: ServiceState
    total: Mapping[str, int]
    used: Mapping[str, int]
    servers: list[Server]


def seen(session: orm.Session, binary: str, host: str, now: dt.datetime) -> None:
    """Note a process' sign of life, and its existence the first time."""
    update = sa.update(Service).where(Service.binary == binary, Service.host == host)
    if not db.matched(session, update.values(seen_at=now)):
        session.add(Service(id=str(uuid.uuid4()), binary=binary, host=host, seen_at=now))


def report(
    session: orm.Session,
    name: str,
    inventory: Mapping[str, Mapping[str, float]],
    traits: list[str],
    values: Mapping[str, Any],
    now: dt.datetime,
) -> None:
    """Write down what a host has; the provider's generation moves only when that changed."""
    host = session.scalar(sa.select(Host).where(Host.name == name))
    if host is None:
        host = _introduce(session, name, now)
    for key, value in values.items():
        setattr(host, key, value)
    changed = _set_inventory(session, host.id, inventory) | _set_traits(session, host.id, traits)
    if changed:
        session.execute(
            sa.update(Provider)
            .where(Provider.id == host.id)
            .values(generation=Provider.generation + 1)
        )


def _introduce(session: orm.Session, name: str, now: dt.datetime) -> Host:
    provider = session.scalar(sa.select(Provider).where(Provider.name == name))
    if provider is None:
        new_id = str(uuid.uuid4())
        provider = Provider(id=new_id, name=name, generation=0, root_id=new_id, created_at=now)
        session.add(provider)
        session.flush()
    number = (session.scalar(sa.select(sa.func.max(Host.number))) or 0) + 1
    host = Host(id=provider.id, name=name, number=number)
    session.add(host)
    session.flush()
    return host


def _set_inventory(
    session: orm.Session, provider_id: str, inventory: Mapping[str, Mapping[str, float]]
) -> bool:
    query = sa.select(Inventory).where(Inventory.provider_id == provider_id)
    known = {row.resource_class: row for row in session.scalars(query)}
    changed = False
    for resource_class, facts in inventory.items():
        row = known.get(resource_class)
        if row is None:
            session.add(Inventory(provider_id=provider_id, resource_class=resource_class, **facts))
            changed = True
            continue
        for key, value in facts.items():
            if getattr(row, key) != value:
                setattr(row, key, value)
                changed = True
    return changed


def _set_traits(session: orm.Session, provider_id: str, traits: list[str]) -> bool:
    query = sa.select(ProviderTrait).where(ProviderTrait.provider_id == provider_id)
    known = {row.trait: row for row in session.scalars(query)}
    for trait in known.keys() - set(traits):
        if trait.startswith(("CUSTOM_GUEST_", "COMPUTE_")):
            session.delete(known[trait])
    new = set(traits) - known.keys()
    for trait in new:
        session.add(ProviderTrait(provider_id=provider_id, trait=trait))
    return bool(new)


def compute_services(session: orm.Session) -> dict[str, Service]:
    """Return the workers' service rows by host."""
    query = sa.select(Service).where(Service.binary == COMPUTE)
    return {row.host: row for row in session.scalars(query)}


def listed(session: orm.Session) -> list[Host]:
    """Return every host, in the order they came."""
    return list(session.scalars(sa.select(Host).order_by(Host.number)))


def is_up(session: orm.Session, host: str, now: dt.datetime, down_after_s: float) -> bool:
    """Say whether a host gave a sign of life within the time."""
    service = session.scalar(
        sa.select(Service).where(Service.binary == COMPUTE, Service.host == host)
    )
    alive_since = now - dt.timedelta(seconds=down_after_s)
    return service is not None and service.seen_at >= alive_since and not service.forced_down


def up_beside(session: orm.Session, host: str, now: dt.datetime, down_after_s: float) -> list[str]:
    """Return the hosts that could take a server beside one."""
    query = sa.select(Service.host).where(
        Service.binary == COMPUTE,
        Service.host != host,
        Service.disabled.is_(False),
        Service.forced_down.is_(False),
        Service.seen_at >= now - dt.timedelta(seconds=down_after_s),
    )
    return list(session.scalars(query))


def has_servers(session: orm.Session, host: str) -> bool:
    """Say whether a host has servers, or somebody holds something of it."""
    living = sa.select(Server.id).where(Server.host == host, Server.deleted_at.is_(None))
    held = (
        sa.select(Allocation.consumer_id)
        .join(Host, Host.id == Allocation.provider_id)
        .where(Host.name == host)
    )
    return any(session.scalar(query.limit(1)) is not None for query in (living, held))


def forget(session: orm.Session, host: str) -> None:
    """Remove a host, its provider, and its place in aggregates."""
    row = session.scalar(sa.select(Host).where(Host.name == host))
    session.execute(sa.delete(AggregateHost).where(AggregateHost.host == host))
    if row is None:
        return
    for table in (Inventory, ProviderTrait, ProviderAggregate):
        session.execute(sa.delete(table).where(table.provider_id == row.id))
    session.delete(row)
    session.flush()
    session.execute(sa.delete(Provider).where(Provider.id == row.id))
