"""The tables of trunks: ports that carry other ports' traffic in VLANs."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named
from network.db.models import Port


class Trunk(Named, Model):
    """One parent port and the ports inside it."""

    __tablename__ = "trunks"
    __table_args__ = (sa.Index("ix_trunks_created", "created_at", "id"),)

    port_id: Mapped[str] = mapped_column(sa.ForeignKey("ports.id"), unique=True)
    admin_state_up: Mapped[bool] = mapped_column(default=True)

    port: Mapped[Port] = orm.relationship(lazy="raise", viewonly=True)
    sub_ports: Mapped[list["SubPort"]] = orm.relationship(
        lazy="raise", viewonly=True, order_by="SubPort.number, SubPort.port_id"
    )


class SubPort(Model):
    """A port inside a trunk.  number: its place, as it was added."""

    __tablename__ = "sub_ports"
    __table_args__ = (
        sa.UniqueConstraint(
            "trunk_id", "segmentation_type", "segmentation_id", name="ux_sub_ports_segment"
        ),
    )

    port_id: Mapped[str] = mapped_column(sa.ForeignKey("ports.id"), primary_key=True)
    trunk_id: Mapped[str] = mapped_column(sa.ForeignKey("trunks.id", ondelete="CASCADE"))
    segmentation_type: Mapped[str] = mapped_column(sa.String(16))
    segmentation_id: Mapped[int]
    number: Mapped[int] = mapped_column(default=0)

    port: Mapped[Port] = orm.relationship(lazy="raise", viewonly=True)
