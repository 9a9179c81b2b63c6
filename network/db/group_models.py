"""The tables of security groups."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named, Resource
from network.db.rbac_models import Shareable


class SecurityGroup(Shareable, Named, Model):
    """Rules that ports share."""

    __tablename__ = "security_groups"
    __table_args__ = (sa.Index("ix_security_groups_created", "created_at", "id"),)

    stateful: Mapped[bool] = mapped_column(default=True)

    rules: Mapped[list["SecurityGroupRule"]] = orm.relationship(
        lazy="raise",
        viewonly=True,
        primaryjoin="SecurityGroup.id == foreign(SecurityGroupRule.security_group_id)",
        order_by="SecurityGroupRule.created_at, SecurityGroupRule.id",
    )


class SecurityGroupRule(Resource, Model):
    """What one rule lets through.  port_range_*: type and code for ICMP."""

    __tablename__ = "security_group_rules"
    __table_args__ = (sa.Index("ix_security_group_rules_created", "created_at", "id"),)

    security_group_id: Mapped[str] = mapped_column(
        sa.ForeignKey("security_groups.id", ondelete="CASCADE"), index=True
    )
    direction: Mapped[str] = mapped_column(sa.String(16))
    ethertype: Mapped[str] = mapped_column(sa.String(8))
    protocol: Mapped[str | None] = mapped_column(sa.String(40))
    port_range_min: Mapped[int | None]
    port_range_max: Mapped[int | None]
    remote_ip_prefix: Mapped[str | None] = mapped_column(sa.String(64))
    remote_group_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("security_groups.id", ondelete="CASCADE"), index=True
    )
    remote_address_group_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("address_groups.id"), index=True
    )


class DefaultGroup(Model):
    """Which group is a project's default; the key lets there be one only."""

    __tablename__ = "default_security_groups"

    project_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    security_group_id: Mapped[str] = mapped_column(
        sa.ForeignKey("security_groups.id", ondelete="CASCADE"), index=True
    )
