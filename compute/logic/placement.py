"""The ledger through its own API: providers, and the words it is written in."""

import builtins
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.clock import Clock
from common.db import Database
from compute import errors
from compute.db import placement as queries
from compute.db.ledger_models import (
    Allocation,
    Inventory,
    Provider,
    ProviderAggregate,
    ProviderTrait,
    ResourceClass,
    Trait,
)
from compute.db.placement import STANDARD_CLASSES, STANDARD_TRAITS
from compute.scheduler.ledger_request import Place, Request
from compute.scheduler.placing import Node, Placing, Way


class Placement:
    """What the Placement API reads and changes, but for inventories and allocations."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def reading(self) -> Any:
        """Open a transaction that only reads, for the shaping of an answer."""
        return self._database.reading()

    def writing(self) -> Any:
        """Open a transaction that writes."""
        return self._database.transaction()

    def list(
        self,
        *,
        name: str | None,
        provider_id: str | None,
        place: Place,
        resources: Mapping[str, int],
    ) -> builtins.list[Provider]:
        """Return the providers that are so called, are so, and can give so much.

        Raises LedgerBadRequest for a class or a trait that does not exist.
        """
        query = sa.select(Provider).order_by(Provider.created_at, Provider.id)
        if name is not None:
            query = query.where(Provider.name == name)
        if provider_id is not None:
            query = query.where(Provider.id == provider_id)
        with self._database.reading() as session:
            queries.require_classes(session, resources)
            self._require_traits(session, place)
            found = [*session.scalars(query)]
            if place == Place() and not resources:
                return found
            nodes = {node.id: node for node in queries.nodes(session)}
        tree = nodes.get(place.in_tree or "")
        if place.in_tree is not None and tree is None:
            return []
        return [
            row
            for row in found
            if place.fits(nodes[row.id].traits, nodes[row.id].groups)
            and nodes[row.id].gives(resources)
            and (tree is None or row.root_id == tree.root)
        ]

    def _require_traits(self, session: orm.Session, place: Place) -> None:
        names = {t for one in (*place.required, place.forbidden) for t in one}
        missing = queries.missing_traits(session, names)
        if missing:
            raise errors.LedgerBadRequest(
                reason='Invalid trait(s) in "required" parameter: '
                f"No such trait(s): {', '.join(missing)}."
            )

    def candidates(self, request: Request) -> tuple[builtins.list[Way], builtins.list[Node]]:
        """Return the ways to give what is asked, and the providers to tell about.

        Raises LedgerBadRequest for a class or a trait that does not exist.
        """
        with self._database.reading() as session:
            try:
                queries.require_classes(session, request.classes)
            except errors.LedgerBadRequest as error:
                reason = f"Invalid resource class in resources parameter: {error}"
                raise errors.LedgerBadRequest(reason=reason) from error
            missing = queries.missing_traits(session, request.traits)
            if missing:
                raise errors.LedgerBadRequest(reason=f"No such trait(s): {', '.join(missing)}.")
            placing = Placing(queries.nodes(session))
        ways = placing.ways(request)
        return ways, placing.summarized(request, ways)

    def get(self, provider_id: str) -> Provider:
        """Return one provider.  Raises LedgerMissing."""
        with self._database.reading() as session:
            return queries.provider(session, provider_id)

    def create(self, wanted: Mapping[str, Any]) -> Provider:
        """Keep a new provider.  Raises DuplicateName, LedgerBadRequest for its parent."""
        provider_id = str(uuid.UUID(wanted["uuid"])) if wanted.get("uuid") else str(uuid.uuid4())
        parent_id = wanted.get("parent_provider_uuid")
        with self._database.transaction() as session:
            root_id = provider_id
            if parent_id is not None:
                who = f'"{wanted["name"]}", {provider_id}'
                root_id = self._parent(session, parent_id, provider_id, who).root_id
            for what, column in (("uuid", Provider.id), ("name", Provider.name)):
                value = provider_id if what == "uuid" else wanted["name"]
                if session.scalar(sa.select(Provider.id).where(column == value)) is not None:
                    raise _same(what, value)
            provider = Provider(
                id=provider_id,
                name=wanted["name"],
                generation=0,
                parent_id=parent_id,
                root_id=root_id,
                created_at=self._clock(),
            )
            session.add(provider)
            _flush(session, wanted["name"])
        return provider

    def _parent(self, session: orm.Session, parent_id: str, provider_id: str, who: str) -> Provider:
        before = f"Unable to create resource provider {who}: "
        if parent_id == provider_id:
            raise errors.LedgerBadRequest(
                reason=f"{before}parent provider UUID cannot be same as UUID. Please set parent "
                "provider UUID to None if there is no parent."
            )
        found = session.get(Provider, parent_id)
        if found is None:
            raise errors.LedgerBadRequest(reason=f"{before}parent provider UUID does not exist.")
        return found

    def update(self, provider_id: str, wanted: Mapping[str, Any], *, reparenting: bool) -> Provider:
        """Change a provider's name and parent.

        reparenting: whether it may leave the parent that it has.
        Raises LedgerMissing, DuplicateName, LedgerBadRequest.
        """
        with self._database.transaction() as session:
            provider = queries.provider(session, provider_id)
            provider.name = wanted["name"]
            if "parent_provider_uuid" in wanted:
                self._move(session, provider, wanted["parent_provider_uuid"], reparenting)
            _flush(session, wanted["name"])
        return provider

    def _move(
        self, session: orm.Session, provider: Provider, parent_id: str | None, free: bool
    ) -> None:
        before = f"Unable to save resource provider {provider.id}: "
        if parent_id is None and provider.parent_id is None:
            return
        if parent_id is None and not free:
            raise errors.LedgerBadRequest(
                reason=f"{before}un-parenting a provider is not currently allowed."
            )
        below = queries.subtree(session, provider)
        root_id = provider.id
        if parent_id is not None:
            parent = session.get(Provider, parent_id)
            if parent is None:
                raise errors.LedgerBadRequest(
                    reason=f"{before}parent provider UUID does not exist."
                )
            if provider.parent_id not in (None, parent_id) and not free:
                raise errors.LedgerBadRequest(
                    reason=f"{before}re-parenting a provider is not currently allowed."
                )
            if parent_id in {row.id for row in below}:
                raise errors.LedgerBadRequest(
                    reason=f"{before}creating loop in the provider tree is not allowed."
                )
            root_id = parent.root_id
        provider.parent_id = parent_id
        for row in below:
            row.root_id = root_id

    def delete(self, provider_id: str) -> None:
        """Remove a provider nobody holds anything of.

        Raises LedgerMissing, ProviderInUse, ProviderIsParent.
        """
        with self._database.transaction() as session:
            provider = session.get(Provider, provider_id)
            if provider is None:
                raise errors.LedgerMissing(
                    reason=f"No resource provider with uuid {provider_id} found for delete"
                )
            children = sa.select(Provider.id).where(Provider.parent_id == provider_id)
            if session.scalar(children.limit(1)) is not None:
                raise errors.ProviderIsParent(
                    reason=f"Unable to delete parent resource provider {provider_id}: "
                    "It has child resource providers."
                )
            held = sa.select(Allocation.consumer_id).where(Allocation.provider_id == provider_id)
            if session.scalar(held.limit(1)) is not None:
                raise errors.ProviderInUse(
                    reason=f"Unable to delete resource provider {provider_id}: "
                    "Resource provider has allocations."
                )
            for part in (Inventory, ProviderTrait, ProviderAggregate):
                session.execute(sa.delete(part).where(part.provider_id == provider_id))  # type: ignore[attr-defined]
            session.delete(provider)

    def set_traits(
        self, provider_id: str, generation: int | None, wanted: Collection[str]
    ) -> Provider:
        """Replace a provider's traits.

        Raises LedgerMissing, ConcurrentUpdate, LedgerBadRequest for one that does not exist.
        """
        with self._database.transaction() as session:
            provider = queries.provider(session, provider_id)
            _require_generation(provider, generation)
            missing = queries.missing_traits(session, wanted)
            if missing:
                raise errors.LedgerBadRequest(reason=f"No such trait {', '.join(missing)}")
            queries.move_on(session, provider, generation)
            session.execute(
                sa.delete(ProviderTrait).where(ProviderTrait.provider_id == provider_id)
            )
            session.add_all(
                ProviderTrait(provider_id=provider_id, trait=name) for name in set(wanted)
            )
        return provider

    def set_groups(
        self, provider_id: str, generation: int | None, wanted: Collection[str]
    ) -> Provider:
        """Replace the groups a provider is in.

        generation: the one it must have, which then moves on; None: whatever it is, it stays.
        Raises LedgerMissing, ConcurrentUpdate.
        """
        with self._database.transaction() as session:
            provider = queries.provider(session, provider_id)
            _require_generation(provider, generation)
            if generation is not None:
                queries.move_on(session, provider, generation)
            session.execute(
                sa.delete(ProviderAggregate).where(ProviderAggregate.provider_id == provider_id)
            )
            session.add_all(
                ProviderAggregate(provider_id=provider_id, aggregate_id=group)
                for group in set(wanted)
            )
        return provider

    def add_trait(self, name: str) -> bool:
        """Keep a custom trait and say whether it is new."""
        with self._database.transaction() as session:
            if session.get(Trait, name) is not None:
                return False
            session.add(Trait(name=name))
        return True

    def drop_trait(self, name: str) -> None:
        """Forget a custom trait.  Raises LedgerMissing, LedgerBadRequest, LedgerConflict."""
        with self._database.transaction() as session:
            if name not in queries.known_traits(session):
                raise errors.LedgerMissing(reason=f"No such trait(s): {name}.")
            if name in STANDARD_TRAITS:
                raise errors.LedgerBadRequest(reason=f"Cannot delete standard trait {name}.")
            if name in queries.associated_traits(session):
                raise errors.LedgerConflict(
                    reason=f"The trait {name} is in use by a resource provider."
                )
            session.execute(sa.delete(Trait).where(Trait.name == name))

    def add_class(self, name: str) -> bool:
        """Keep a custom resource class and say whether it is new."""
        with self._database.transaction() as session:
            if session.get(ResourceClass, name) is not None:
                return False
            session.add(ResourceClass(name=name))
        return True

    def rename_class(self, name: str, wanted: str) -> None:
        """Give a custom resource class another name, also where it is used.

        Raises LedgerMissing, LedgerBadRequest for a standard one, LedgerConflict.
        """
        with self._database.transaction() as session:
            if name in STANDARD_CLASSES:
                raise errors.LedgerBadRequest(
                    reason=f"Cannot update standard resource class {name}"
                )
            row = session.get(ResourceClass, name)
            if row is None:
                raise errors.LedgerMissing(reason=f"No such resource class {name}.")
            if session.get(ResourceClass, wanted) is not None:
                raise errors.LedgerConflict(reason=f"Resource class already exists: {wanted}")
            row.name = wanted
            for part in (Inventory, Allocation):
                session.execute(
                    sa.update(part)
                    .where(part.resource_class == name)  # type: ignore[attr-defined]
                    .values(resource_class=wanted)
                )

    def drop_class(self, name: str) -> None:
        """Forget a custom resource class.

        Raises LedgerMissing, LedgerBadRequest for a standard one, LedgerConflict in use.
        """
        with self._database.transaction() as session:
            before = "Error in delete resource class: "
            if name in STANDARD_CLASSES:
                raise errors.LedgerBadRequest(
                    reason=f"{before}Cannot delete standard resource class {name}."
                )
            row = session.get(ResourceClass, name)
            if row is None:
                raise errors.LedgerMissing(reason=f"No such resource class {name}.")
            used = sa.select(Inventory.provider_id).where(Inventory.resource_class == name)
            if session.scalar(used.limit(1)) is not None:
                raise errors.LedgerConflict(
                    reason=f"{before}Cannot delete resource class {name}. "
                    "Class is in use in inventory."
                )
            session.delete(row)


def _require_generation(provider: Provider, generation: int | None) -> None:
    if generation not in (None, provider.generation):
        raise errors.ConcurrentUpdate(
            reason="Resource provider's generation already changed. Please update the generation "
            "and try again."
        )


def _same(what: str, value: str) -> errors.DuplicateName:
    return errors.DuplicateName(
        reason=f"Conflicting resource provider {what}: {value} already exists."
    )


def _flush(session: orm.Session, name: str) -> None:
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.DuplicateName(
            reason=f"Conflicting resource provider {name} already exists."
        ) from error
