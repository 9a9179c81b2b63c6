"""The tables of QoS policies and their rules."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named, Resource
from network.db.rbac_models import Shareable


class QosPolicy(Shareable, Named, Model):
    """What traffic of ports and addresses is held to.  is_default: of new networks."""

    __tablename__ = "qos_policies"
    __table_args__ = (sa.Index("ix_qos_policies_created", "created_at", "id"),)

    is_default: Mapped[bool] = mapped_column(default=False)

    rules: Mapped[list["QosRule"]] = orm.relationship(
        lazy="raise", viewonly=True, order_by="QosRule.created_at, QosRule.id"
    )


class QosRule(Resource, Model):
    """One rule.  kind: bandwidth_limit, dscp_marking or minimum_bandwidth.

    direction: egress is what the guest sends.  max_burst_kbps: kilobits, in spite of its name.
    """

    __tablename__ = "qos_rules"
    __table_args__ = (
        sa.UniqueConstraint("policy_id", "kind", "direction", name="ux_qos_rules_kind"),
    )

    policy_id: Mapped[str] = mapped_column(sa.ForeignKey("qos_policies.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    direction: Mapped[str] = mapped_column(sa.String(16), default="egress")
    max_kbps: Mapped[int | None]
    max_burst_kbps: Mapped[int | None]
    min_kbps: Mapped[int | None]
    dscp_mark: Mapped[int | None]
