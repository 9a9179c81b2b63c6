"""The ledger through its own API: providers, what they have, and who holds it."""

import builtins
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from common import errors as roots
from common.clock import Clock
from common.db import Database
from compute import errors
from compute.db import ledger
from compute.db.ledger_models import (
    Allocation,
    Consumer,
    Inventory,
    Provider,
    ProviderAggregate,
    ProviderTrait,
    Trait,
)

STANDARD_CLASSES = (
    *("VCPU", "MEMORY_MB", "DISK_GB", "PCI_DEVICE", "SRIOV_NET_VF", "NUMA_SOCKET", "NUMA_CORE"),
    *("NUMA_THREAD", "NUMA_MEMORY_MB", "IPV4_ADDRESS", "VGPU", "VGPU_DISPLAY_HEAD", "PCPU"),
    *("NET_BW_EGR_KILOBIT_PER_SEC", "NET_BW_IGR_KILOBIT_PER_SEC", "MEM_ENCRYPTION_CONTEXT"),
)


class ProviderNotFound(roots.NotFound):
    message = "No resource provider with uuid {provider_id} found."


class ProviderExists(roots.Conflict):
    message = "Conflicting resource provider {what}: {value} already exists."


class ProviderInUse(roots.Conflict):
    message = "Unable to delete resource provider {provider_id}: it has allocations or children."


class InventoryInUse(roots.Conflict):
    message = "Inventory of {resource_class} on {provider_id} is in use."


class Placement:
    """All that the Placement API reads and changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def reading(self) -> Any:
        """Open a transaction that only reads, for the shaping of an answer."""
        return self._database.reading()

    def writing(self) -> Any:
        """Open a transaction that writes, for a change of one row."""
        return self._database.transaction()

    def list(self, name: str | None, provider_id: str | None) -> builtins.list[Provider]:
        """Return the providers, filtered by name or id."""
        query = sa.select(Provider).order_by(Provider.created_at, Provider.id)
        if name is not None:
            query = query.where(Provider.name == name)
        if provider_id is not None:
            query = query.where(Provider.id == provider_id)
        with self._database.reading() as session:
            return [*session.scalars(query)]

    def get(self, provider_id: str) -> Provider:
        """Return one provider.  Raises ProviderNotFound."""
        with self._database.reading() as session:
            return get(session, provider_id)

    def create(self, wanted: Mapping[str, Any]) -> Provider:
        """Keep a new provider.  Raises ProviderExists, BadRequest for an unknown parent."""
        provider_id = wanted.get("uuid") or str(uuid.uuid4())
        parent_id = wanted.get("parent_provider_uuid")
        with self._database.transaction() as session:
            root_id = provider_id
            if parent_id is not None:
                parent = session.get(Provider, parent_id)
                if parent is None:
                    raise roots.BadRequest(reason=f"Parent provider {parent_id} does not exist.")
                root_id = parent.root_id
            provider = Provider(
                id=provider_id,
                name=wanted["name"],
                generation=0,
                parent_id=parent_id,
                root_id=root_id,
                created_at=self._clock(),
            )
            session.add(provider)
            try:
                session.flush()
            except sa.exc.IntegrityError as error:
                raise ProviderExists(what="name", value=wanted["name"]) from error
        return provider

    def rename(self, provider_id: str, name: str) -> Provider:
        """Change a provider's name.  Raises ProviderNotFound, ProviderExists."""
        with self._database.transaction() as session:
            provider = get(session, provider_id)
            provider.name = name
            try:
                session.flush()
            except sa.exc.IntegrityError as error:
                raise ProviderExists(what="name", value=name) from error
        return provider

    def delete(self, provider_id: str) -> None:
        """Remove a provider nobody holds anything of.  Raises ProviderNotFound, ProviderInUse."""
        with self._database.transaction() as session:
            provider = get(session, provider_id)
            held = sa.select(Allocation.used).where(Allocation.provider_id == provider_id)
            children = sa.select(Provider.id).where(Provider.parent_id == provider_id)
            if session.scalar(held.limit(1)) or session.scalar(children.limit(1)):
                raise ProviderInUse(provider_id=provider_id)
            for part in (Inventory, ProviderTrait, ProviderAggregate):
                session.execute(sa.delete(part).where(part.provider_id == provider_id))  # type: ignore[attr-defined]
            session.delete(provider)

    def set_inventories(
        self, provider_id: str, generation: int, wanted: Mapping[str, Mapping[str, Any]]
    ) -> int:
        """Replace what a provider has and return its generation.

        Raises ProviderNotFound, ProviderChanged, InventoryInUse.
        """
        with self._database.transaction() as session:
            raise_generation(session, provider_id, generation)
            used = ledger.usage(session, provider_id)
            for name in used.keys() - wanted.keys():
                raise InventoryInUse(resource_class=name, provider_id=provider_id)
            session.execute(sa.delete(Inventory).where(Inventory.provider_id == provider_id))
            for name, facts in wanted.items():
                session.add(inventory_row(provider_id, name, facts))
            return generation + 1

    def set_traits(self, provider_id: str, generation: int, wanted: builtins.list[str]) -> int:
        """Replace a provider's traits and return its generation.

        Raises ProviderNotFound, ProviderChanged, BadRequest for an unknown custom trait.
        """
        with self._database.transaction() as session:
            known = set(session.scalars(sa.select(Trait.name)))
            known |= set(session.scalars(sa.select(ProviderTrait.trait)))
            unknown = [one for one in wanted if one.startswith("CUSTOM_") and one not in known]
            if unknown:
                raise roots.BadRequest(reason=f"No such trait {', '.join(sorted(unknown))}.")
            raise_generation(session, provider_id, generation)
            session.execute(
                sa.delete(ProviderTrait).where(ProviderTrait.provider_id == provider_id)
            )
            for trait in sorted(set(wanted)):
                session.add(ProviderTrait(provider_id=provider_id, trait=trait))
            return generation + 1

    def set_allocations(self, consumer_id: str, wanted: Mapping[str, Any]) -> None:
        """Replace what a consumer holds, all or nothing.

        Raises BadRequest for an unknown provider, Conflict past what is free or for a consumer
        that was changed meanwhile.
        """
        with self._database.transaction() as session:
            consumer = session.get(Consumer, consumer_id)
            current = consumer.generation if consumer else None
            if "consumer_generation" in wanted and wanted["consumer_generation"] != current:
                raise ConsumerChanged(expected=current, got=wanted["consumer_generation"])
            kind = wanted.get("consumer_type") or (consumer.kind if consumer else "INSTANCE")
            ledger.release(session, consumer_id)
            session.expunge_all()
            if not wanted["allocations"]:
                return
            session.add(
                Consumer(
                    id=consumer_id,
                    project_id=wanted["project_id"],
                    user_id=wanted["user_id"],
                    kind=kind,
                    generation=(current or 0) + 1,
                )
            )
            session.flush()
            for provider_id, part in wanted["allocations"].items():
                self._hold(session, consumer_id, provider_id, part["resources"])

    def _hold(
        self,
        session: orm.Session,
        consumer_id: str,
        provider_id: str,
        resources: Mapping[str, int],
    ) -> None:
        provider = session.get(Provider, provider_id)
        if provider is None:
            raise roots.BadRequest(
                reason=f"Allocation for resource provider '{provider_id}' that does not exist."
            )
        raise_generation(session, provider_id, provider.generation)
        used = ledger.usage(session, provider_id)
        for name, amount in resources.items():
            inventory = session.get(Inventory, (provider_id, name))
            free = ledger.capacity(inventory) - used.get(name, 0) if inventory else 0
            if inventory is None or amount > min(free, inventory.max_unit):
                raise roots.Conflict(
                    reason=f"Unable to allocate inventory: {amount} {name} asked of provider "
                    f"{provider_id}, {max(free, 0)} free."
                )
            session.add(
                Allocation(
                    consumer_id=consumer_id,
                    provider_id=provider_id,
                    resource_class=name,
                    used=amount,
                )
            )

    def drop_allocations(self, consumer_id: str) -> None:
        """Remove what a consumer holds.  Raises NotFound when it holds nothing."""
        with self._database.transaction() as session:
            if session.get(Consumer, consumer_id) is None:
                raise roots.NotFound()
            ledger.release(session, consumer_id)


class ConsumerChanged(roots.Conflict):
    code = "placement.concurrent_update"
    message = "consumer generation conflict - expected {expected} but got {got}"


def get(session: orm.Session, provider_id: str) -> Provider:
    """Return a provider's row.  Raises ProviderNotFound."""
    found = session.get(Provider, provider_id)
    if found is None:
        raise ProviderNotFound(provider_id=provider_id)
    return found


def raise_generation(session: orm.Session, provider_id: str, generation: int) -> None:
    """Move a provider's generation on from the one given.

    Raises ProviderNotFound, ProviderChanged when it has another.
    """
    get(session, provider_id)
    guard = (
        sa.update(Provider)
        .where(Provider.id == provider_id, Provider.generation == generation)
        .values(generation=Provider.generation + 1)
    )
    if not db.matched(session, guard):
        raise errors.ProviderChanged(provider_id=provider_id)


def inventory_row(provider_id: str, name: str, facts: Mapping[str, Any]) -> Inventory:
    """Return an inventory's row, with Placement's defaults."""
    return Inventory(
        provider_id=provider_id,
        resource_class=name,
        total=facts["total"],
        reserved=facts.get("reserved", 0),
        min_unit=facts.get("min_unit", 1),
        max_unit=facts.get("max_unit", 2147483647),
        step_size=facts.get("step_size", 1),
        allocation_ratio=facts.get("allocation_ratio", 1.0),
    )
