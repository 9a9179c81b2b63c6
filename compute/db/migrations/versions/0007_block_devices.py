"""Volumes of servers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "block_devices",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("server_id", sa.String(36), sa.ForeignKey("servers.id"), nullable=False),
        sa.Column("volume_id", sa.String(36), nullable=False),
        sa.Column("attachment_id", sa.String(36), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("boot_index", sa.Integer(), nullable=True),
        sa.Column("device", sa.String(32), nullable=False),
        sa.Column("bus", sa.String(32), nullable=True),
        sa.Column("device_type", sa.String(16), nullable=False),
        sa.Column("tag", sa.String(60), nullable=True),
        sa.Column("delete_on_termination", sa.Boolean(), nullable=False),
        sa.Column("multiattach", sa.Boolean(), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("connection", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("server_id", "device"),
    )
    op.create_index("ix_block_devices_server", "block_devices", ["server_id", "created_at"])
    op.create_index("ix_block_devices_volume", "block_devices", ["volume_id"])
    op.create_index("ix_block_devices_state", "block_devices", ["state", "since"])
