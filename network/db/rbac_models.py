"""The table of grants: which project may see and use what belongs to another one."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Resource

SHARED, EXTERNAL = "access_as_shared", "access_as_external"
EVERYBODY = "*"


class Grant(Resource, Model):
    """One RBAC policy.  project_id: who granted.  target: a project, or `*` for all."""

    __tablename__ = "rbac_policies"
    __table_args__ = (
        sa.UniqueConstraint("object_id", "action", "target", name="ux_rbac_policies_target"),
        sa.Index("ix_rbac_policies_created", "created_at", "id"),
        sa.Index("ix_rbac_policies_target", "object_type", "target"),
    )

    object_type: Mapped[str] = mapped_column(sa.String(32))
    object_id: Mapped[str] = mapped_column(sa.String(36))
    action: Mapped[str] = mapped_column(sa.String(32))
    target: Mapped[str] = mapped_column(sa.String(255))


class Shareable:
    """A resource that its owner can grant to other projects."""

    if TYPE_CHECKING:
        id: Mapped[str]
        project_id: Mapped[str]

    @orm.declared_attr
    def grants(cls) -> Mapped[list[Grant]]:
        return orm.relationship(
            Grant,
            primaryjoin=lambda: orm.foreign(Grant.object_id) == cls.id,
            viewonly=True,
            lazy="raise",
            order_by=Grant.created_at,
        )

    def shared_with(self, project_id: str | None) -> bool:
        """Say whether the resource is granted to a project, or to all; grants are loaded."""
        return any(
            one.action == SHARED and one.target in (EVERYBODY, project_id) for one in self.grants
        )

    def usable_by(self, ctx: Any) -> bool:
        """Say whether the caller owns the resource, may use it by a grant, or administrates."""
        own = ctx.is_admin or self.project_id == ctx.project_id
        return own or self.shared_with(ctx.project_id)
