"""The ledger through its own API: what providers have, and who holds it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.db import Database
from compute import errors
from compute.db import ledger
from compute.db import placement as queries
from compute.db.ledger_models import Allocation, Consumer, Inventory, Provider
from compute.db.placement import UNKNOWN

NOBODY = "00000000-0000-0000-0000-000000000000"
"""Project and user of a consumer that nobody named any for."""
DEFAULTS: dict[str, Any] = {
    "reserved": 0,
    "min_unit": 1,
    "max_unit": 2147483647,
    "step_size": 1,
    "allocation_ratio": 1.0,
}
Facts = Mapping[str, Any]


class Ledger:
    """Inventories and allocations.

    What a consumer is to hold comes as `{allocations: {provider: {resources: {...}}}, project_id,
    user_id, consumer_generation, consumer_type}`; no allocations mean that it holds nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def set_inventories(
        self, provider_id: str, generation: int | None, wanted: Mapping[str, Facts], *, full: bool
    ) -> Provider:
        """Replace what a provider has.

        generation: None for whatever it is.  full: whether all of it may be reserved.
        Raises LedgerMissing, ConcurrentUpdate, InventoryInUse, LedgerBadRequest.
        """
        with self._database.transaction() as session:
            provider = queries.provider(session, provider_id)
            self._check(session, provider_id, generation, provider, wanted, full=full)
            _replace(session, provider_id, wanted)
            queries.move_on(session, provider, generation)
        return provider

    def set_inventory(
        self,
        provider_id: str,
        generation: int | None,
        name: str,
        facts: Facts,
        *,
        full: bool,
        new: bool,
    ) -> tuple[Provider, Inventory]:
        """Add one class to what a provider has (new), or change one.  Raises as the above."""
        with self._database.transaction() as session:
            provider = queries.provider(session, provider_id)
            self._check(
                session, provider_id, generation, provider, {name: facts}, full=full, new=new
            )
            row = session.get(Inventory, (provider_id, name))
            if new and row is not None:
                raise errors.ConcurrentUpdate(
                    reason=f"Update conflict: there is {name} on {provider_id} already"
                )
            if not new and row is None:
                raise errors.LedgerBadRequest(
                    reason=f"No inventory record with resource class for resource provider "
                    f"{provider_id}: No inventory of class {name} found."
                )
            row = _put(session, provider_id, name, facts, row)
            queries.move_on(session, provider, generation)
        return provider, row

    def _check(
        self,
        session: orm.Session,
        provider_id: str,
        generation: int | None,
        provider: Provider,
        wanted: Mapping[str, Facts],
        *,
        full: bool,
        new: bool = False,
    ) -> None:
        if generation is not None and generation != provider.generation:
            raise errors.ConcurrentUpdate(reason="resource provider generation conflict")
        try:
            queries.require_classes(session, wanted)
        except errors.LedgerBadRequest as error:
            raise errors.LedgerBadRequest(
                reason=f"Unknown resource class in inventory for resource provider "
                f"{provider_id}: {error}"
            ) from error
        for name, facts in wanted.items():
            _check_capacity(provider_id, name, facts, full=full, verb="create" if new else "update")

    def drop_inventory(self, provider_id: str, name: str) -> None:
        """Take one class from a provider.  Raises LedgerMissing, ConcurrentUpdate in use."""
        with self._database.transaction() as session:
            provider = queries.provider(session, provider_id)
            row = session.get(Inventory, (provider_id, name))
            if row is None:
                raise errors.LedgerMissing(
                    reason=f"No inventory of class {name} found for delete on {provider_id}"
                )
            if name in ledger.usage(session, provider_id):
                raise errors.ConcurrentUpdate(
                    reason=f"Unable to delete inventory of class {name}: "
                    + _in_use(name, provider_id)
                )
            session.delete(row)
            queries.move_on(session, provider)

    def allocate(self, wanted: Mapping[str, Facts], *, guarded: bool) -> None:
        """Let consumers hold what is wanted, all of them or none.

        wanted: by consumer.  guarded: whether each names the generation it was read at.
        Raises LedgerBadRequest, LedgerConflict, ConcurrentUpdate.
        """
        with self._database.transaction() as session:
            _allocate(session, wanted, guarded=guarded)

    def release(self, consumer_id: str) -> None:
        """Let a consumer hold nothing.  Raises LedgerMissing when it holds nothing."""
        with self._database.transaction() as session:
            held = queries.held(session, Allocation.consumer_id == consumer_id)
            if not held:
                raise errors.LedgerMissing(reason=f"No allocations for consumer '{consumer_id}'")
            ledger.release(session, consumer_id)

    def reshape(self, inventories: Mapping[str, Facts], wanted: Mapping[str, Facts]) -> None:
        """Replace what providers have and what consumers hold, in one go.

        Raises LedgerBadRequest, LedgerConflict, ConcurrentUpdate, InventoryInUse.
        """
        with self._database.transaction() as session:
            providers = {}
            for provider_id, facts in inventories.items():
                provider = session.get(Provider, provider_id)
                if provider is None:
                    raise errors.ReshapedProviderMissing(
                        reason=f"Resource provider {provider_id} in inventories not found: "
                        f"No resource provider with uuid {provider_id} found"
                    )
                given = facts["resource_provider_generation"]
                if given != provider.generation:
                    raise errors.ConcurrentUpdate(
                        reason="resource provider generation conflict for provider "
                        f"{provider_id}: actual: {provider.generation}, given: {given}"
                    )
                queries.require_classes(session, facts["inventories"])
                providers[provider_id] = provider
                for name, one in facts["inventories"].items():
                    row = session.get(Inventory, (provider_id, name))
                    _put(session, provider_id, name, one, row)
                session.flush()
                if facts["inventories"]:
                    queries.move_on(session, provider)
            _allocate(session, wanted, guarded=True)
            for provider_id, provider in providers.items():
                _replace(session, provider_id, inventories[provider_id]["inventories"])
                queries.move_on(session, provider)


def _order(name: str) -> tuple[int, str]:
    """Standard classes first, in their order."""
    known = name in queries.STANDARD_CLASSES
    return (queries.STANDARD_CLASSES.index(name) if known else 1000), name


def _in_use(name: str, provider_id: str) -> str:
    return f"Inventory for '{name}' on resource provider '{provider_id}' in use."


def _check_capacity(provider_id: str, name: str, facts: Facts, *, full: bool, verb: str) -> None:
    whole = {**DEFAULTS, **facts}
    capacity = int((whole["total"] - whole["reserved"]) * whole["allocation_ratio"])
    if capacity < 0 or (capacity == 0 and not full):
        much = "greater than" if full else "greater than or equal to"
        raise errors.LedgerBadRequest(
            reason=f"Unable to {verb} inventory for resource provider {provider_id}: Invalid "
            f"inventory for '{name}' on resource provider '{provider_id}'. The reserved value is "
            f"{much} total."
        )


def _put(
    session: orm.Session, provider_id: str, name: str, facts: Facts, row: Inventory | None
) -> Inventory:
    if row is None:
        row = Inventory(provider_id=provider_id, resource_class=name)
        session.add(row)
    row.total = facts["total"]
    for key, default in DEFAULTS.items():
        setattr(row, key, facts.get(key, default))
    return row


def _replace(session: orm.Session, provider_id: str, wanted: Mapping[str, Facts]) -> None:
    known = queries.inventories(session, provider_id)
    used = ledger.usage(session, provider_id)
    gone = sorted(known.keys() - wanted.keys(), key=_order)
    held = [name for name in gone if name in used]
    if held:
        reason = f"update conflict: {_in_use(', '.join(held), provider_id)}"
        raise errors.InventoryInUse(reason=reason)
    for name in gone:
        session.delete(known[name])
    for name, facts in wanted.items():
        _put(session, provider_id, name, facts, known.get(name))
    session.flush()


def _allocate(session: orm.Session, wanted: Mapping[str, Facts], *, guarded: bool) -> None:
    """Write allocations; raises the generations of providers and consumers that are touched."""
    before: dict[str, dict[str, int]] = {}
    touched: dict[str, Provider] = {}
    for consumer_id, facts in wanted.items():
        for provider_id, part in facts["allocations"].items():
            provider = session.get(Provider, provider_id)
            if provider is None:
                raise errors.LedgerBadRequest(
                    reason=f"Allocation for resource provider '{provider_id}' that does not exist."
                )
            touched[provider_id] = provider
            before.setdefault(provider_id, ledger.usage(session, provider_id))
            try:
                queries.require_classes(session, part["resources"])
            except errors.LedgerBadRequest as error:
                raise errors.LedgerBadRequest(
                    reason=f"Unable to allocate inventory for consumer {consumer_id}: {error}"
                ) from error
    for consumer_id, facts in wanted.items():
        row = _consumer(session, consumer_id, facts, guarded=guarded)
        for _, provider, _ in queries.held(session, Allocation.consumer_id == row.id):
            touched[provider.id] = provider
        session.execute(sa.delete(Allocation).where(Allocation.consumer_id == row.id))
    for provider_id, provider in touched.items():
        _hold(session, provider, wanted, before.get(provider_id, {}))
        queries.move_on(session, provider)
    for consumer_id, facts in wanted.items():
        _close(session, consumer_id, facts)


def _consumer(session: orm.Session, consumer_id: str, facts: Facts, *, guarded: bool) -> Consumer:
    row = session.get(Consumer, consumer_id)
    got = facts.get("consumer_generation")
    if guarded and got != (row.generation if row else None):
        expected = row.generation if row else "null"
        raise errors.ConcurrentUpdate(
            reason=f"consumer generation conflict - expected {expected} but got {got}"
        )
    if row is None:
        row = Consumer(id=consumer_id, kind=UNKNOWN, generation=0)
        session.add(row)
    row.project_id = facts.get("project_id") or NOBODY
    row.user_id = facts.get("user_id") or NOBODY
    row.kind = facts.get("consumer_type") or row.kind
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.ConcurrentUpdate(
            reason=f"consumer {consumer_id} was added by another request; read it and try again"
        ) from error
    return row


def _hold(
    session: orm.Session,
    provider: Provider,
    wanted: Mapping[str, Facts],
    before: Mapping[str, int],
) -> None:
    """Write what is wanted of one provider, within what it has.

    before: what was held of it, by class; who is over the capacity already may hold less.
    """
    used = ledger.usage(session, provider.id)
    has = queries.inventories(session, provider.id)
    for consumer_id, facts in wanted.items():
        part = facts["allocations"].get(provider.id)
        for name, amount in part["resources"].items() if part else ():
            inventory = has.get(name)
            if inventory is None:
                raise errors.LedgerConflict(
                    reason=f"Unable to allocate inventory: Inventory for '{name}' on resource "
                    f"provider '{provider.id}' invalid."
                )
            used[name] = used.get(name, 0) + amount
            _require_room(provider.id, inventory, amount, used[name], before.get(name))
            session.add(
                Allocation(
                    consumer_id=consumer_id,
                    provider_id=provider.id,
                    resource_class=name,
                    used=amount,
                )
            )
    session.flush()


def _require_room(
    provider_id: str, row: Inventory, amount: int, total: int, before: int | None
) -> None:
    reason = (
        f"Unable to allocate inventory: Unable to create allocation for '{row.resource_class}' on "
        f"resource provider '{provider_id}'. The requested amount would "
    )
    step = amount % row.step_size
    if amount < row.min_unit or amount > row.max_unit or step:
        raise errors.LedgerConflict(reason=f"{reason}violate inventory constraints.")
    room = (row.total - row.reserved) * row.allocation_ratio
    if total > room and not (before is not None and total <= before):
        raise errors.LedgerConflict(reason=f"{reason}exceed the capacity.")


def _close(session: orm.Session, consumer_id: str, facts: Facts) -> None:
    """Raise a consumer's generation, or forget it when it holds nothing."""
    if facts["allocations"]:
        session.execute(
            sa.update(Consumer)
            .where(Consumer.id == consumer_id)
            .values(generation=Consumer.generation + 1)
        )
    else:
        session.execute(sa.delete(Consumer).where(Consumer.id == consumer_id))
