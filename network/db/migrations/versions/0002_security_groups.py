"""Security groups, their rules, and which ports are in them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    _groups()
    _rules()
    op.create_table(
        "default_security_groups",
        sa.Column("project_id", NAME, primary_key=True),
        sa.Column("security_group_id", ID, _group(), nullable=False),
    )
    op.create_index(
        "ix_default_security_groups_security_group_id",
        "default_security_groups",
        ["security_group_id"],
    )
    op.create_table(
        "port_groups",
        sa.Column("port_id", ID, sa.ForeignKey("ports.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("security_group_id", ID, sa.ForeignKey("security_groups.id"), primary_key=True),
    )
    op.create_index("ix_port_groups_security_group_id", "port_groups", ["security_group_id"])


def _group() -> sa.ForeignKey:
    return sa.ForeignKey("security_groups.id", ondelete="CASCADE")


def _common() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    ]


def _groups() -> None:
    op.create_table(
        "security_groups",
        *_common(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("stateful", sa.Boolean, nullable=False),
    )
    op.create_index("ix_security_groups_project_id", "security_groups", ["project_id"])
    op.create_index("ix_security_groups_created", "security_groups", ["created_at", "id"])


def _rules() -> None:
    table = "security_group_rules"
    op.create_table(
        table,
        *_common(),
        sa.Column("security_group_id", ID, _group(), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("ethertype", sa.String(8), nullable=False),
        sa.Column("protocol", sa.String(40)),
        sa.Column("port_range_min", sa.Integer),
        sa.Column("port_range_max", sa.Integer),
        sa.Column("remote_ip_prefix", sa.String(64)),
        sa.Column("remote_group_id", ID, _group()),
    )
    for column in ("project_id", "security_group_id", "remote_group_id"):
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index(f"ix_{table}_created", table, ["created_at", "id"])
