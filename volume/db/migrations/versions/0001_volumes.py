"""Volumes and what belongs to them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _types()
    _volumes()
    _snapshots()
    _attachments()
    _services()
    _quota_limits()
    _beside_types()
    _messages()


def _under_way() -> list[sa.Column[Any]]:
    return [
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("previous", sa.String(32), nullable=True),
        sa.Column("verb", sa.String(32), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(), nullable=True),
        sa.Column("order", sa.JSON(), nullable=False),
    ]


def _types() -> None:
    op.create_table(
        "volume_types",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("specs", sa.JSON(), nullable=False),
        sa.Column("qos_id", sa.String(36), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=True),
    )


def _volumes() -> None:
    op.create_table(
        "volumes",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=True),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("size_gib", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.String(36), sa.ForeignKey("volume_types.id"), nullable=False),
        sa.Column("zone", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=True),
        sa.Column("bootable", sa.Boolean(), nullable=False),
        sa.Column("multiattach", sa.Boolean(), nullable=False),
        sa.Column("encrypted", sa.Boolean(), nullable=False),
        sa.Column("key_id", sa.String(36), nullable=True),
        sa.Column("source_snapshot_id", sa.String(36), nullable=True),
        sa.Column("source_volume_id", sa.String(36), nullable=True),
        sa.Column("source_backup_id", sa.String(36), nullable=True),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("image", sa.JSON(), nullable=False),
        sa.Column("admin_details", sa.JSON(), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=True),
        sa.Column("migration_status", sa.String(32), nullable=True),
        sa.Column("replacement_of", sa.String(36), nullable=True),
        sa.Column("consumes_quota", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=True),
        *_under_way(),
    )
    op.create_index("ix_volumes_project", "volumes", ["project_id", "created_at", "id"])
    op.create_index("ix_volumes_created", "volumes", ["created_at", "id"])
    op.create_index("ix_volumes_deadline", "volumes", ["deadline"])
    op.create_index("ix_volumes_host", "volumes", ["host"])
    op.create_index("ix_volumes_type", "volumes", ["type_id"])
    _items("volume")


def _items(noun: str) -> None:
    op.create_table(
        f"{noun}_items",
        sa.Column(
            f"{noun}_id",
            sa.String(36),
            sa.ForeignKey(f"{noun}s.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("value", sa.String(255), nullable=False),
    )


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("volume_id", sa.String(36), sa.ForeignKey("volumes.id"), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=True),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("size_gib", sa.Integer(), nullable=False),
        sa.Column("type_id", sa.String(36), nullable=False),
        sa.Column("group_snapshot_id", sa.String(36), nullable=True),
        sa.Column("consumes_quota", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=True),
        *_under_way(),
    )
    op.create_index("ix_snapshots_project", "snapshots", ["project_id", "created_at", "id"])
    op.create_index("ix_snapshots_created", "snapshots", ["created_at", "id"])
    op.create_index("ix_snapshots_deadline", "snapshots", ["deadline"])
    op.create_index("ix_snapshots_volume", "snapshots", ["volume_id"])
    _items("snapshot")


def _attachments() -> None:
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column(
            "volume_id",
            sa.String(36),
            sa.ForeignKey("volumes.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("server_id", sa.String(36), nullable=True),
        sa.Column("host", sa.String(255), nullable=True),
        sa.Column("mountpoint", sa.String(255), nullable=True),
        sa.Column("mode", sa.String(8), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("connector", sa.JSON(), nullable=False),
        sa.Column("connection", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("attached_at", sa.DateTime(), nullable=True),
        sa.Column("detached_at", sa.DateTime(), nullable=True),
    )
    op.create_index("ix_attachments_volume", "attachments", ["volume_id"])
    op.create_index("ix_attachments_project", "attachments", ["project_id", "created_at", "id"])


def _services() -> None:
    op.create_table(
        "services",
        sa.Column("binary", sa.String(64), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(255), nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )


def _quota_limits() -> None:
    op.create_table(
        "quota_limits",
        sa.Column("owner", sa.String(255), primary_key=True),
        sa.Column("resource", sa.String(300), primary_key=True),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
    )


def _of_type(**options: Any) -> "sa.Column[Any]":
    key = sa.ForeignKey("volume_types.id", ondelete="CASCADE")
    return sa.Column("type_id", sa.String(36), key, **options)


def _beside_types() -> None:
    op.create_table(
        "type_access",
        _of_type(primary_key=True),
        sa.Column("project_id", sa.String(64), primary_key=True),
    )
    op.create_table(
        "type_encryptions",
        _of_type(primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("provider", sa.String(255), nullable=False),
        sa.Column("control_location", sa.String(16), nullable=False),
        sa.Column("cipher", sa.String(255), nullable=True),
        sa.Column("key_size", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=True),
    )
    op.create_table(
        "qos_specs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("consumer", sa.String(16), nullable=False),
        sa.Column("specs", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "default_types",
        sa.Column("project_id", sa.String(64), primary_key=True),
        _of_type(nullable=False),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("resource_type", sa.String(32), nullable=False),
        sa.Column("resource_id", sa.String(36), nullable=False),
        sa.Column("event_id", sa.String(32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_messages_project", "messages", ["project_id", "created_at", "id"])
