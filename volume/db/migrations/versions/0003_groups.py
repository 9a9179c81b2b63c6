"""Groups of volumes, their types and snapshots."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "group_types",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("specs", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=True),
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=True),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("zone", sa.String(255), nullable=False),
        sa.Column("group_type_id", sa.String(36), sa.ForeignKey("group_types.id"), nullable=False),
        sa.Column("volume_types", sa.JSON(), nullable=False),
        sa.Column("source_group_id", sa.String(36), nullable=True),
        sa.Column("source_snapshot_id", sa.String(36), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_groups_project", "groups", ["project_id", "created_at", "id"])
    op.create_table(
        "group_snapshots",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=True),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("group_id", sa.String(36), nullable=False),
        sa.Column("group_type_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )
    op.create_index(
        "ix_group_snapshots_project", "group_snapshots", ["project_id", "created_at", "id"]
    )
    op.create_index("ix_group_snapshots_group_id", "group_snapshots", ["group_id"])
    op.create_index("ix_volumes_group", "volumes", ["group_id"])
