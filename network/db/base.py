"""What all tables of the network service share."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from common.clock import utcnow


def new_id() -> str:
    """Return a new resource's id."""
    return str(uuid.uuid4())


class Model(orm.DeclarativeBase):
    """The base of this service's tables."""


class Tag(Model):
    """One tag of any resource that can have tags."""

    __tablename__ = "tags"
    __table_args__ = (sa.Index("ix_tags_tag", "tag", "resource_id"),)

    resource_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class Resource:
    """What each resource has.

    revision_number: advanced on every change that the engine has to learn of, of the row itself
    or of what it is made of; the engine keeps it beside what it wrote.
    """

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, default=new_id)
    project_id: Mapped[str] = mapped_column(sa.String(255), index=True)
    description: Mapped[str] = mapped_column(sa.String(255), default="")
    revision_number: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Tagged(Resource):
    """A resource that can have tags."""

    @orm.declared_attr
    def tags(cls) -> Mapped[list[Tag]]:
        return orm.relationship(
            Tag,
            primaryjoin=lambda: orm.foreign(Tag.resource_id) == cls.id,  # type: ignore[arg-type]
            viewonly=True,
            lazy="raise",
            order_by=Tag.tag,
        )


class Named(Tagged):
    """A resource with a name."""

    name: Mapped[str] = mapped_column(sa.String(255), default="")
