"""Address groups, what rules say of them, and agents."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    op.create_table(
        "address_groups",
        *_common(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("addresses", sa.JSON, nullable=False),
    )
    op.create_index("ix_address_groups_project_id", "address_groups", ["project_id"])
    op.create_index("ix_address_groups_created", "address_groups", ["created_at", "id"])
    # Alembic writes constraints apart, which SQLite has no statement for.
    op.execute(
        "ALTER TABLE security_group_rules ADD COLUMN remote_address_group_id VARCHAR(36) "
        "REFERENCES address_groups"
    )
    op.create_index(
        "ix_security_group_rules_remote_address_group_id",
        "security_group_rules",
        ["remote_address_group_id"],
    )
    op.create_table(
        "agents",
        *_common(),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("binary", sa.String(64), nullable=False),
        sa.Column("host", NAME, nullable=False),
        sa.Column("admin_state_up", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("heartbeat_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("host", "kind", name="ux_agents_kind"),
    )
    op.create_index("ix_agents_project_id", "agents", ["project_id"])


def _common() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    ]
