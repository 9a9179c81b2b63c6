"""Stacks, resources and events."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "stacks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("user_name", sa.String(255)),
        sa.Column("trust_id", sa.String(64)),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("status_reason", sa.Text, nullable=False),
        sa.Column("traversal", sa.String(36), nullable=False),
        sa.Column("template", sa.JSON, nullable=False),
        sa.Column("environment", sa.JSON, nullable=False),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("previous", sa.JSON),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("timeout_mins", sa.Integer, nullable=False),
        sa.Column("disable_rollback", sa.Boolean, nullable=False),
        sa.Column("deadline", sa.DateTime),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime),
        sa.Column("deleted_at", sa.DateTime),
    )
    op.create_index("ix_stacks_project", "stacks", ["project_id", "created_at", "id"])
    op.create_index("ix_stacks_status", "stacks", ["status"])
    living = sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_stacks_living_name",
        "stacks",
        ["project_id", "name"],
        unique=True,
        sqlite_where=living,
        postgresql_where=living,
    )
    _resources()
    _events()


def _resources() -> None:
    op.create_table(
        "resources",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("stack_id", sa.String(36), sa.ForeignKey("stacks.id"), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("type", sa.String(255), nullable=False),
        sa.Column("goal", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("lease_until", sa.DateTime),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("status_reason", sa.Text, nullable=False),
        sa.Column("unique_name", sa.String(255), nullable=False),
        sa.Column("physical_id", sa.String(255)),
        sa.Column("requires", sa.JSON, nullable=False),
        sa.Column("retain", sa.Boolean, nullable=False),
        sa.Column("properties", sa.JSON),
        sa.Column("attributes", sa.JSON),
        sa.Column("data", sa.JSON),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime),
    )
    op.create_index("ix_resources_stack", "resources", ["stack_id", "name"])
    op.create_index("ix_resources_lease", "resources", ["state", "lease_until"])


def _events() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "events",
        sa.Column("sequence", number, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("stack_id", sa.String(36), sa.ForeignKey("stacks.id"), nullable=False),
        sa.Column("resource_name", sa.String(255), nullable=False),
        sa.Column("resource_type", sa.String(255), nullable=False),
        sa.Column("physical_id", sa.String(255)),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("status_reason", sa.Text, nullable=False),
        sa.Column("properties", sa.JSON),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_events_stack", "events", ["stack_id", "sequence"])
