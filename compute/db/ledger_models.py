"""The ledger: providers, what they have, who holds how much of it; and the hosts behind them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from compute.db.base import Base

UUID = sa.String(36)


class Provider(Base):
    """A resource provider.  generation: raised by every change and every claim."""

    __tablename__ = "providers"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200), unique=True)
    generation: Mapped[int] = mapped_column(default=0)
    parent_id: Mapped[str | None] = mapped_column(sa.ForeignKey("providers.id"))
    root_id: Mapped[str] = mapped_column(UUID)
    created_at: Mapped[dt.datetime]


class Inventory(Base):
    """How much of one resource class a provider has."""

    __tablename__ = "inventories"

    provider_id: Mapped[str] = mapped_column(sa.ForeignKey("providers.id"), primary_key=True)
    resource_class: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    total: Mapped[int]
    reserved: Mapped[int] = mapped_column(default=0)
    min_unit: Mapped[int] = mapped_column(default=1)
    max_unit: Mapped[int]
    step_size: Mapped[int] = mapped_column(default=1)
    allocation_ratio: Mapped[float] = mapped_column(default=1.0)


class ResourceClass(Base):
    """A resource class that is not one of the standard ones."""

    __tablename__ = "resource_classes"

    name: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class Trait(Base):
    """A trait that is not one of the standard ones."""

    __tablename__ = "traits"

    name: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class ProviderTrait(Base):
    """A quality that a provider has."""

    __tablename__ = "provider_traits"

    provider_id: Mapped[str] = mapped_column(sa.ForeignKey("providers.id"), primary_key=True)
    trait: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class ProviderAggregate(Base):
    """A group that a provider is in, by the group's UUID."""

    __tablename__ = "provider_aggregates"

    provider_id: Mapped[str] = mapped_column(sa.ForeignKey("providers.id"), primary_key=True)
    aggregate_id: Mapped[str] = mapped_column(UUID, primary_key=True)


class Consumer(Base):
    """Who holds allocations: a server, as a rule."""

    __tablename__ = "consumers"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(255))
    user_id: Mapped[str] = mapped_column(sa.String(255))
    kind: Mapped[str] = mapped_column(sa.String(255), default="INSTANCE")
    generation: Mapped[int] = mapped_column(default=1)


class Allocation(Base):
    """How much of one class of one provider a consumer holds."""

    __tablename__ = "allocations"
    __table_args__ = (sa.Index("ix_allocations_provider", "provider_id", "resource_class", "used"),)

    consumer_id: Mapped[str] = mapped_column(sa.ForeignKey("consumers.id"), primary_key=True)
    provider_id: Mapped[str] = mapped_column(sa.ForeignKey("providers.id"), primary_key=True)
    resource_class: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    used: Mapped[int]


class Host(Base):
    """A host that runs guests; its id is its provider's.

    hypervisors, facts: as in compute.rpc.contract.HostReport.
    """

    __tablename__ = "hosts"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    number: Mapped[int] = mapped_column(unique=True)
    hypervisors: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    reported_at: Mapped[float] = mapped_column(default=0.0)


class Service(Base):
    """One of compute's processes on one host, as administrators see it."""

    __tablename__ = "services"
    __table_args__ = (sa.UniqueConstraint("binary", "host"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(UUID, unique=True)
    binary: Mapped[str] = mapped_column(sa.String(64))
    host: Mapped[str] = mapped_column(sa.String(255))
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_reason: Mapped[str | None] = mapped_column(sa.String(255))
    forced_down: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[dt.datetime]


class Aggregate(Base):
    """A group of hosts; metadata `availability_zone` makes it a zone."""

    __tablename__ = "aggregates"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(UUID, unique=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    details: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class AggregateHost(Base):
    """A host in an aggregate."""

    __tablename__ = "aggregate_hosts"

    aggregate: Mapped[int] = mapped_column(sa.ForeignKey("aggregates.number"), primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class Decision(Base):
    """One scheduling decision.  passed: filter to hosts left after it, in order."""

    __tablename__ = "decisions"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    server_id: Mapped[str] = mapped_column(UUID, index=True)
    host: Mapped[str | None] = mapped_column(sa.String(255))
    passed: Mapped[list[list[Any]]] = mapped_column(sa.JSON, default=list)
    nearest: Mapped[str] = mapped_column(sa.Text, default="")
    created_at: Mapped[dt.datetime]
