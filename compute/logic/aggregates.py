"""Aggregates: groups of hosts, some of which are availability zones."""

import builtins
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from compute.clients import ImageService
from compute.db.ledger_models import Aggregate, AggregateHost, Host, ProviderAggregate
from compute.logic import checks
from compute.rpc import contract

ZONE = "availability_zone"


class AggregateNotFound(roots.NotFound):
    message = "Aggregate {number} could not be found."


class AggregateExists(roots.Conflict):
    message = "Aggregate {name} already exists."


class HostUnknown(roots.NotFound):
    message = "Compute host {host} could not be found."


class HostNotThere(roots.NotFound):
    message = "Aggregate {number} has no host {host}."


Shown = tuple[Aggregate, list[str]]


class Aggregates:
    """Making, changing and removing aggregates; each is shown with its hosts."""

    def __init__(self, database: Database, bus: Bus, images: ImageService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._clock = clock

    def list(self) -> builtins.list[Shown]:
        """Return every aggregate."""
        with self._database.reading() as session:
            found = session.scalars(sa.select(Aggregate).order_by(Aggregate.number))
            return [(one, _hosts(session, one.number)) for one in found]

    def get(self, number: str) -> Shown:
        """Return one aggregate.  Raises AggregateNotFound."""
        with self._database.reading() as session:
            found = _get(session, number)
            return found, _hosts(session, found.number)

    def cache_images(self, ctx: RequestContext, number: str, image_ids: Sequence[str]) -> None:
        """Have an aggregate's hosts fetch images now.

        Raises AggregateNotFound, BadRequest for an image named twice, ImageUnusable.
        """
        if len(set(image_ids)) != len(image_ids):
            raise roots.BadRequest(reason="Duplicate images in request")
        _, hosts = self.get(number)
        wanted: list[dict[str, object]] = [
            checks.image(self._images, ctx, image_id) for image_id in image_ids
        ]
        for host in hosts:
            self._bus.cast(ctx, contract.CacheImages(images=wanted), host=host)

    def create(self, name: str, zone: str | None) -> Shown:
        """Keep a new aggregate.  Raises AggregateExists."""
        aggregate = Aggregate(
            id=str(uuid.uuid4()),
            name=name,
            details={ZONE: zone} if zone else {},
            created_at=self._clock(),
        )
        with self._database.transaction() as session:
            session.add(aggregate)
            _unique(session, name)
        return aggregate, []

    def update(self, number: str, wanted: Mapping[str, Any]) -> Shown:
        """Change name or zone.  Raises AggregateNotFound, AggregateExists."""
        with self._database.transaction() as session:
            aggregate = _get(session, number)
            aggregate.name = wanted.get("name", aggregate.name)
            aggregate.updated_at = self._clock()
            if ZONE in wanted:
                aggregate.details = _merged(aggregate.details, {ZONE: wanted[ZONE]})
            _unique(session, aggregate.name)
            return aggregate, _hosts(session, aggregate.number)

    def set_metadata(self, number: str, wanted: Mapping[str, str | None]) -> Shown:
        """Add, replace, and with None remove, metadata.  Raises AggregateNotFound."""
        with self._database.transaction() as session:
            aggregate = _get(session, number)
            aggregate.details = _merged(aggregate.details, wanted)
            aggregate.updated_at = self._clock()
            return aggregate, _hosts(session, aggregate.number)

    def delete(self, number: str) -> None:
        """Remove an aggregate without hosts.  Raises AggregateNotFound, BadRequest."""
        with self._database.transaction() as session:
            aggregate = _get(session, number)
            if _hosts(session, aggregate.number):
                raise roots.BadRequest(reason=f"Cannot remove aggregate {number}: it is not empty.")
            session.delete(aggregate)

    def add_host(self, number: str, host: str) -> Shown:
        """Put a host in.  Raises AggregateNotFound, HostUnknown, Conflict when it is in."""
        with self._database.transaction() as session:
            aggregate = _get(session, number)
            known = session.scalar(sa.select(Host).where(Host.name == host))
            if known is None:
                raise HostUnknown(host=host)
            if host in _hosts(session, aggregate.number):
                raise roots.Conflict(reason=f"Aggregate {number} already has host {host}.")
            session.add(AggregateHost(aggregate=aggregate.number, host=host))
            session.add(ProviderAggregate(provider_id=known.id, aggregate_id=aggregate.id))
            aggregate.updated_at = self._clock()
            session.flush()
            return aggregate, _hosts(session, aggregate.number)

    def remove_host(self, number: str, host: str) -> Shown:
        """Take a host out.  Raises AggregateNotFound, HostNotThere."""
        with self._database.transaction() as session:
            aggregate = _get(session, number)
            row = session.get(AggregateHost, (aggregate.number, host))
            if row is None:
                raise HostNotThere(number=number, host=host)
            session.delete(row)
            session.execute(
                sa.delete(ProviderAggregate).where(
                    ProviderAggregate.aggregate_id == aggregate.id,
                    ProviderAggregate.provider_id.in_(sa.select(Host.id).where(Host.name == host)),
                )
            )
            session.flush()
            return aggregate, _hosts(session, aggregate.number)


def _merged(details: Mapping[str, str], wanted: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**details, **wanted}
    return {key: value for key, value in merged.items() if value is not None}


def _get(session: orm.Session, number: str) -> Aggregate:
    found = session.get(Aggregate, int(number)) if number.isdigit() and len(number) < 10 else None
    if found is None:
        raise AggregateNotFound(number=number)
    return found


def _hosts(session: orm.Session, number: int) -> list[str]:
    query = sa.select(AggregateHost.host).where(AggregateHost.aggregate == number)
    return list(session.scalars(query.order_by(AggregateHost.host)))


def _unique(session: orm.Session, name: str) -> None:
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise AggregateExists(name=name) from error
