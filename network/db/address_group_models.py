"""The table of address groups."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named
from network.db.rbac_models import Shareable


class AddressGroup(Shareable, Named, Model):
    """Ranges that rules of security groups share.  addresses: CIDRs without host bits."""

    __tablename__ = "address_groups"
    __table_args__ = (sa.Index("ix_address_groups_created", "created_at", "id"),)

    addresses: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
