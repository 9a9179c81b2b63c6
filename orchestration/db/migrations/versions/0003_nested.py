"""Stacks nest, resources wait without a worker, and there are configurations and snapshots."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add columns with defaults, and tables."""
    _stacks()
    _resources()
    _software()
    _snapshots()


def _stacks() -> None:
    for name, length in (("parent_id", 36), ("parent_node", 36), ("root_id", 36)):
        op.add_column("stacks", sa.Column(name, sa.String(length)))
    op.add_column("stacks", sa.Column("ordered_by", sa.String(120)))
    op.add_column("stacks", sa.Column("depth", sa.Integer, nullable=False, server_default="0"))
    op.create_index("ix_stacks_parent_node", "stacks", ["parent_node"])
    op.create_index("ix_stacks_root", "stacks", ["root_id"])


def _resources() -> None:
    begun = sa.Column("begun", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("resources", begun)
    op.add_column("resources", sa.Column("began_at", sa.DateTime))
    op.add_column("resources", sa.Column("news", sa.Integer, nullable=False, server_default="0"))
    op.add_column("resources", sa.Column("hook", sa.String(32)))
    op.add_column("resources", sa.Column("cleared", sa.JSON))
    op.create_index("ix_resources_physical", "resources", ["physical_id"])


def _software() -> None:
    op.create_table(
        "software_configs",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("config_group", sa.String(255), nullable=False),
        sa.Column("config", sa.JSON),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("outputs", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    columns = ["project_id", "created_at", "id"]
    op.create_index("ix_software_configs_project", "software_configs", columns)
    config = sa.ForeignKey("software_configs.id")
    op.create_table(
        "software_deployments",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("config_id", sa.String(36), config, nullable=False),
        sa.Column("server_id", sa.String(255), nullable=False),
        sa.Column("stack_id", sa.String(36)),
        sa.Column("node_id", sa.String(36)),
        sa.Column("action", sa.String(255)),
        sa.Column("status", sa.String(32)),
        sa.Column("status_reason", sa.Text),
        sa.Column("input_values", sa.JSON, nullable=False),
        sa.Column("output_values", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime),
    )
    op.create_index("ix_software_deployments_project", "software_deployments", columns)
    op.create_index("ix_software_deployments_server", "software_deployments", ["server_id"])
    op.create_index("ix_software_deployments_node", "software_deployments", ["node_id"])


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("stack_id", sa.String(36), sa.ForeignKey("stacks.id"), nullable=False),
        sa.Column("name", sa.String(255)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("status_reason", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_snapshots_stack", "snapshots", ["stack_id"])
