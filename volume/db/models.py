"""Volumes and what belongs to them."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from volume.db.base import Base, UnderWay

UUID = sa.String(36)


class VolumeType(Base):
    """How volumes are kept.  specs: extra specs."""

    __tablename__ = "volume_types"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    description: Mapped[str | None] = mapped_column(sa.String(255))
    is_public: Mapped[bool] = mapped_column(default=True)
    specs: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    qos_id: Mapped[str | None] = mapped_column(UUID)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class Volume(UnderWay, Base):
    """One disk that a project asked for.

    source_*: what it was made from.  image: metadata of the image its content came from.
    admin_details: metadata that the cloud keeps (`readonly`, `attached_mode`).
    spec: how it is kept; see volume.rpc.contract.
    host: where it is, None until placed.  key_id: the key of an encrypted one.
    migration_status, replacement_of: of a move that compute completes.
    """

    __tablename__ = "volumes"
    __table_args__ = (
        sa.Index("ix_volumes_project", "project_id", "created_at", "id"),
        sa.Index("ix_volumes_created", "created_at", "id"),
        sa.Index("ix_volumes_deadline", "deadline"),
        sa.Index("ix_volumes_host", "host"),
        sa.Index("ix_volumes_type", "type_id"),
        sa.Index("ix_volumes_group", "group_id"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.String(255))
    size_gib: Mapped[int]
    type_id: Mapped[str] = mapped_column(sa.ForeignKey("volume_types.id"))
    zone: Mapped[str] = mapped_column(sa.String(255))
    host: Mapped[str | None] = mapped_column(sa.String(255))
    bootable: Mapped[bool] = mapped_column(default=False)
    multiattach: Mapped[bool] = mapped_column(default=False)
    encrypted: Mapped[bool] = mapped_column(default=False)
    key_id: Mapped[str | None] = mapped_column(UUID)
    source_snapshot_id: Mapped[str | None] = mapped_column(UUID)
    source_volume_id: Mapped[str | None] = mapped_column(UUID)
    source_backup_id: Mapped[str | None] = mapped_column(UUID)
    spec: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    image: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    admin_details: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    group_id: Mapped[str | None] = mapped_column(UUID)
    migration_status: Mapped[str | None] = mapped_column(sa.String(32))
    replacement_of: Mapped[str | None] = mapped_column(UUID)
    consumes_quota: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class VolumeItem(Base):
    """One item of a volume's metadata."""

    __tablename__ = "volume_items"

    volume_id: Mapped[str] = mapped_column(
        sa.ForeignKey("volumes.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(255))


class Snapshot(UnderWay, Base):
    """What a volume held at one moment.  size_gib: the volume's, then."""

    __tablename__ = "snapshots"
    __table_args__ = (
        sa.Index("ix_snapshots_project", "project_id", "created_at", "id"),
        sa.Index("ix_snapshots_created", "created_at", "id"),
        sa.Index("ix_snapshots_deadline", "deadline"),
        sa.Index("ix_snapshots_volume", "volume_id"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    volume_id: Mapped[str] = mapped_column(sa.ForeignKey("volumes.id"))
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.String(255))
    size_gib: Mapped[int]
    type_id: Mapped[str] = mapped_column(UUID)
    group_snapshot_id: Mapped[str | None] = mapped_column(UUID)
    consumes_quota: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class SnapshotItem(Base):
    """One item of a snapshot's metadata."""

    __tablename__ = "snapshot_items"

    snapshot_id: Mapped[str] = mapped_column(
        sa.ForeignKey("snapshots.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(255))


class Backup(UnderWay, Base):
    """What a volume held, kept apart from the pool.

    temporary_id: the snapshot it is read from while a guest uses the volume, gone afterwards.
    data_id: of what is kept; imported records share it.  data_at: the moment it is of.
    items: its metadata.  facts: of the volume: image, bootable, type_id, items.
    """

    __tablename__ = "backups"
    __table_args__ = (
        sa.Index("ix_backups_project", "project_id", "created_at", "id"),
        sa.Index("ix_backups_volume", "volume_id", "data_at"),
        sa.Index("ix_backups_deadline", "deadline"),
        sa.Index("ix_backups_temporary", "temporary_id"),
        sa.Index("ix_backups_parent", "parent_id"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.String(255))
    volume_id: Mapped[str] = mapped_column(UUID)
    snapshot_id: Mapped[str | None] = mapped_column(UUID)
    temporary_id: Mapped[str | None] = mapped_column(UUID)
    parent_id: Mapped[str | None] = mapped_column(UUID)
    data_id: Mapped[str] = mapped_column(UUID)
    host: Mapped[str] = mapped_column(sa.String(255))
    zone: Mapped[str | None] = mapped_column(sa.String(255))
    container: Mapped[str | None] = mapped_column(sa.String(255))
    size_gib: Mapped[int]
    object_count: Mapped[int] = mapped_column(default=0)
    fail_reason: Mapped[str | None] = mapped_column(sa.Text)
    items: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    facts: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    data_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class Attachment(Base):
    """That a server or host uses a volume, or is about to.

    status: reserved, attaching, attached, detaching, error_attaching.  mode: rw, ro or None.
    connection: what the guest's host was told; see volume.logic.attachments.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        sa.Index("ix_attachments_volume", "volume_id"),
        sa.Index("ix_attachments_project", "project_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    volume_id: Mapped[str] = mapped_column(sa.ForeignKey("volumes.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(sa.String(64))
    server_id: Mapped[str | None] = mapped_column(UUID)
    host: Mapped[str | None] = mapped_column(sa.String(255))
    mountpoint: Mapped[str | None] = mapped_column(sa.String(255))
    mode: Mapped[str | None] = mapped_column(sa.String(8))
    status: Mapped[str] = mapped_column(sa.String(32))
    connector: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    connection: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime]
    attached_at: Mapped[dt.datetime | None]
    detached_at: Mapped[dt.datetime | None]


class Export(Base):
    """That the host of a volume serves it to another host.

    host: the one that serves, on a port of its own.  client: the one that may connect.
    attachment_id: what it is for; None: for moving the volume.
    """

    __tablename__ = "exports"
    __table_args__ = (
        sa.UniqueConstraint("host", "port"),
        sa.Index("ix_exports_volume", "volume_id"),
    )

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    attachment_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("attachments.id", ondelete="CASCADE"), unique=True
    )
    volume_id: Mapped[str] = mapped_column(sa.ForeignKey("volumes.id", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(sa.String(255))
    port: Mapped[int]
    client: Mapped[str] = mapped_column(sa.String(255))
    read_only: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]


class Service(Base):
    """A process of volume's, and on which host.  figures: of a worker's pool."""

    __tablename__ = "services"

    binary: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    host: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    id: Mapped[str] = mapped_column(UUID, unique=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    disabled_reason: Mapped[str | None] = mapped_column(sa.String(255))
    frozen: Mapped[bool] = mapped_column(default=False)
    figures: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    seen_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]


class QuotaLimit(Base):
    """What a project, or the class `default`, may have of one resource."""

    __tablename__ = "quota_limits"

    owner: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    resource: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    hard_limit: Mapped[int]


class TypeAccess(Base):
    """That a project may use a private type."""

    __tablename__ = "type_access"

    type_id: Mapped[str] = mapped_column(
        sa.ForeignKey("volume_types.id", ondelete="CASCADE"), primary_key=True
    )
    project_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)


class TypeEncryption(Base):
    """How volumes of a type are encrypted.  key_size: bits."""

    __tablename__ = "type_encryptions"

    type_id: Mapped[str] = mapped_column(
        sa.ForeignKey("volume_types.id", ondelete="CASCADE"), primary_key=True
    )
    id: Mapped[str] = mapped_column(UUID, unique=True)
    provider: Mapped[str] = mapped_column(sa.String(255))
    control_location: Mapped[str] = mapped_column(sa.String(16))
    cipher: Mapped[str | None] = mapped_column(sa.String(255))
    key_size: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class QosSpecs(Base):
    """Limits that types may share.  consumer: front-end, back-end or both."""

    __tablename__ = "qos_specs"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    consumer: Mapped[str] = mapped_column(sa.String(16))
    specs: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime]


class DefaultType(Base):
    """The type of a project's volumes that name none."""

    __tablename__ = "default_types"

    project_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    type_id: Mapped[str] = mapped_column(sa.ForeignKey("volume_types.id", ondelete="CASCADE"))


class GroupType(Base):
    """What groups of volumes are for.  specs: group specs."""

    __tablename__ = "group_types"

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(255), unique=True)
    description: Mapped[str | None] = mapped_column(sa.String(255))
    is_public: Mapped[bool] = mapped_column(default=True)
    specs: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime | None]


class Group(Base):
    """Volumes of a project that belong together.

    status: available, deleting, or what an administrator set; what its volumes go through is seen
    in them.  volume_types: the ids of those its volumes may have.  source_*: what it was copied
    from.
    """

    __tablename__ = "groups"
    __table_args__ = (sa.Index("ix_groups_project", "project_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.String(255))
    status: Mapped[str] = mapped_column(sa.String(32))
    zone: Mapped[str] = mapped_column(sa.String(255))
    group_type_id: Mapped[str] = mapped_column(sa.ForeignKey("group_types.id"))
    volume_types: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    source_group_id: Mapped[str | None] = mapped_column(UUID)
    source_snapshot_id: Mapped[str | None] = mapped_column(UUID)
    created_at: Mapped[dt.datetime]


class GroupSnapshot(Base):
    """Snapshots of all of a group's volumes, made together.  status: as of Group."""

    __tablename__ = "group_snapshots"
    __table_args__ = (sa.Index("ix_group_snapshots_project", "project_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    user_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.String(255))
    status: Mapped[str] = mapped_column(sa.String(32))
    group_id: Mapped[str] = mapped_column(UUID, index=True)
    group_type_id: Mapped[str] = mapped_column(UUID)
    created_at: Mapped[dt.datetime]


class Transfer(Base):
    """The offer of a volume to whoever knows the key.  key_hash: SHA-256 of it, hexadecimal."""

    __tablename__ = "transfers"
    __table_args__ = (sa.Index("ix_transfers_project", "project_id", "created_at"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    volume_id: Mapped[str] = mapped_column(
        sa.ForeignKey("volumes.id", ondelete="CASCADE"), unique=True
    )
    project_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(255))
    key_hash: Mapped[str] = mapped_column(sa.String(64))
    no_snapshots: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]


class UserMessage(Base):
    """What a project is told of something that went wrong after it was accepted."""

    __tablename__ = "messages"
    __table_args__ = (sa.Index("ix_messages_project", "project_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(UUID, primary_key=True)
    project_id: Mapped[str] = mapped_column(sa.String(64))
    request_id: Mapped[str] = mapped_column(sa.String(64))
    resource_type: Mapped[str] = mapped_column(sa.String(32))
    resource_id: Mapped[str] = mapped_column(UUID)
    event_id: Mapped[str] = mapped_column(sa.String(32))
    text: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
