"""The tables of image."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from common.clock import utcnow


class Model(orm.DeclarativeBase):
    """The base of this service's tables."""


class Image(Model):
    """One image.

    data_id: names the bytes in the store, and the upload that brings them: a new one for each
    upload, so a late one changes nothing.  heard_at: when that upload last gave a sign of life;
    None once everything has arrived.
    """

    __tablename__ = "images"
    __table_args__ = (
        sa.Index("ix_images_owner", "owner", "created_at", "id"),
        sa.Index("ix_images_visibility", "visibility", "created_at", "id"),
        sa.Index("ix_images_created", "created_at", "id"),
        sa.Index("ix_images_heard", "heard_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name: Mapped[str | None] = mapped_column(sa.String(255))
    owner: Mapped[str | None] = mapped_column(sa.String(255))
    status: Mapped[str] = mapped_column(sa.String(32), default="queued")
    visibility: Mapped[str] = mapped_column(sa.String(16))
    protected: Mapped[bool] = mapped_column(default=False)
    os_hidden: Mapped[bool] = mapped_column(default=False)
    disk_format: Mapped[str | None] = mapped_column(sa.String(32))
    container_format: Mapped[str | None] = mapped_column(sa.String(32))
    min_disk: Mapped[int] = mapped_column(default=0)
    min_ram: Mapped[int] = mapped_column(default=0)
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    virtual_size: Mapped[int | None] = mapped_column(sa.BigInteger)
    checksum: Mapped[str | None] = mapped_column(sa.String(32))
    os_hash_algo: Mapped[str | None] = mapped_column(sa.String(32))
    os_hash_value: Mapped[str | None] = mapped_column(sa.String(128))
    data_id: Mapped[str | None] = mapped_column(sa.String(36))
    heard_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)

    properties: Mapped[list["Property"]] = orm.relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Property.name"
    )
    tags: Mapped[list["Tag"]] = orm.relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Tag.value"
    )
    copies: Mapped[list["Copy"]] = orm.relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Copy.store"
    )
    locations: Mapped[list["Location"]] = orm.relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Location.id"
    )


class Property(Model):
    """One of the attributes that whoever made the image added."""

    __tablename__ = "image_properties"
    __table_args__ = (sa.Index("ix_image_properties_value", "name", "image_id"),)

    image_id: Mapped[str] = mapped_column(
        sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    value: Mapped[str] = mapped_column(sa.Text)


class Tag(Model):
    """One tag of an image."""

    __tablename__ = "image_tags"
    __table_args__ = (sa.Index("ix_image_tags_value", "value", "image_id"),)

    image_id: Mapped[str] = mapped_column(
        sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True
    )
    value: Mapped[str] = mapped_column(sa.String(255), primary_key=True)


class Member(Model):
    """A project that an image is shared with.  status: pending, accepted or rejected."""

    __tablename__ = "image_members"
    __table_args__ = (sa.Index("ix_image_members_member", "member_id", "status"),)

    image_id: Mapped[str] = mapped_column(
        sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16), default="pending")
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Copy(Model):
    """An image's data in one store.  status: ready, copying or failed."""

    __tablename__ = "image_copies"

    image_id: Mapped[str] = mapped_column(
        sa.ForeignKey("images.id", ondelete="CASCADE"), primary_key=True
    )
    store: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    status: Mapped[str] = mapped_column(sa.String(16), default="ready")


class Location(Model):
    """An address outside the stores where an image's data is.  facts: what its owner says of it."""

    __tablename__ = "image_locations"
    __table_args__ = (sa.Index("ix_image_locations_image", "image_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    image_id: Mapped[str] = mapped_column(sa.ForeignKey("images.id", ondelete="CASCADE"))
    url: Mapped[str] = mapped_column(sa.Text)
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)


class Task(Model):
    """Something that is done with an image's data beside the request that asked for it.

    status: pending, processing, success or failure.  data_id: what it brings, or copies.
    heard_at: when whoever does it last gave a sign of life; None once it is over.
    """

    __tablename__ = "image_tasks"
    __table_args__ = (
        sa.Index("ix_image_tasks_image", "image_id"),
        sa.Index("ix_image_tasks_heard", "heard_at"),
        sa.Index("ix_image_tasks_owner", "owner", "created_at", "id"),
        sa.Index("ix_image_tasks_expires", "expires_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(32))
    status: Mapped[str] = mapped_column(sa.String(16))
    image_id: Mapped[str | None] = mapped_column(sa.String(36))
    data_id: Mapped[str | None] = mapped_column(sa.String(36))
    owner: Mapped[str | None] = mapped_column(sa.String(255))
    user_id: Mapped[str | None] = mapped_column(sa.String(64))
    request_id: Mapped[str | None] = mapped_column(sa.String(64))
    input: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    message: Mapped[str] = mapped_column(sa.Text, default="")
    heard_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class CopyDiscard(Model):
    """Data that one store still has to forget, while others keep it."""

    __tablename__ = "image_copy_discards"

    data_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    store: Mapped[str] = mapped_column(sa.String(64), primary_key=True)


class Discard(Model):
    """Data that no image has any more and every store still has to forget."""

    __tablename__ = "image_discards"

    data_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)


class Namespace(Model):
    """Definitions of metadata that belong together.  visibility: public or private."""

    __tablename__ = "metadef_namespaces"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    namespace: Mapped[str] = mapped_column(sa.String(80), unique=True)
    display_name: Mapped[str | None] = mapped_column(sa.String(80))
    description: Mapped[str | None] = mapped_column(sa.Text)
    visibility: Mapped[str] = mapped_column(sa.String(16), default="private")
    protected: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str | None] = mapped_column(sa.String(255))
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)

    associations: Mapped[list["Association"]] = orm.relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Association.resource_type"
    )


class Definition(Model):
    """What a namespace defines.  kind: object, property or tag.  body: all but its name."""

    __tablename__ = "metadef_definitions"

    namespace_id: Mapped[str] = mapped_column(
        sa.ForeignKey("metadef_namespaces.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class ResourceType(Model):
    """A kind of resource that metadata can be put on, by the name that orchestration gives it."""

    __tablename__ = "metadef_resource_types"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)


class Association(Model):
    """A namespace is for a kind of resource.

    properties_target: where the metadata is put, when the resource has several places.
    prefix: what properties are called there comes after it.
    """

    __tablename__ = "metadef_associations"

    namespace_id: Mapped[str] = mapped_column(
        sa.ForeignKey("metadef_namespaces.id", ondelete="CASCADE"), primary_key=True
    )
    resource_type: Mapped[str] = mapped_column(
        sa.ForeignKey("metadef_resource_types.name"), primary_key=True
    )
    properties_target: Mapped[str | None] = mapped_column(sa.String(80))
    prefix: Mapped[str | None] = mapped_column(sa.String(80))
    created_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utcnow)
