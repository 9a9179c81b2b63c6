"""QoS policies and their rules, and what they hold."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.String(36)
NAME = sa.String(255)
HELD = {
    "networks": "qos_policy_id",
    "ports": "qos_policy_id",
    "floating_ips": "qos_policy_id",
    "routers": "gateway_qos_policy_id",
}


def upgrade() -> None:
    op.create_table(
        "qos_policies",
        *_common(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
    )
    op.create_table(
        "qos_rules",
        *_common(),
        sa.Column(
            "policy_id", ID, sa.ForeignKey("qos_policies.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("max_kbps", sa.Integer),
        sa.Column("max_burst_kbps", sa.Integer),
        sa.Column("min_kbps", sa.Integer),
        sa.Column("dscp_mark", sa.Integer),
        sa.UniqueConstraint("policy_id", "kind", "direction", name="ux_qos_rules_kind"),
    )
    op.create_index("ix_qos_policies_project_id", "qos_policies", ["project_id"])
    op.create_index("ix_qos_rules_project_id", "qos_rules", ["project_id"])
    op.create_index("ix_qos_policies_created", "qos_policies", ["created_at", "id"])
    for table, column in HELD.items():
        # Alembic writes constraints apart, which SQLite has no statement for.
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} VARCHAR(36) REFERENCES qos_policies")
        op.create_index(f"ix_{table}_{column}", table, [column])


def _common() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    ]
