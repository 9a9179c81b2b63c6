"""The tables of address scopes and subnet pools."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named
from network.db.rbac_models import Shareable


class AddressScope(Shareable, Named, Model):
    """Where an address means one host only: its pools' prefixes never overlap."""

    __tablename__ = "address_scopes"
    __table_args__ = (sa.Index("ix_address_scopes_created", "created_at", "id"),)

    ip_version: Mapped[int]


class SubnetPool(Shareable, Named, Model):
    """Prefixes that subnets are cut from.

    default_quota: how much a project may hold, in addresses (IPv4) or /64 networks (IPv6).
    """

    __tablename__ = "subnet_pools"
    __table_args__ = (sa.Index("ix_subnet_pools_created", "created_at", "id"),)

    ip_version: Mapped[int]
    prefixes: Mapped[list[str]] = mapped_column(sa.JSON)
    min_prefixlen: Mapped[int]
    max_prefixlen: Mapped[int]
    default_prefixlen: Mapped[int]
    default_quota: Mapped[int | None]
    is_default: Mapped[bool] = mapped_column(default=False)
    address_scope_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("address_scopes.id"), index=True
    )

    scope: Mapped[AddressScope | None] = orm.relationship(lazy="raise", viewonly=True)
