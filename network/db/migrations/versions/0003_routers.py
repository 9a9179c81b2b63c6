"""Routers, their legs, and floating addresses."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    op.create_table(
        "routers",
        *_common(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("admin_state_up", sa.Boolean, nullable=False),
        sa.Column("enable_snat", sa.Boolean, nullable=False),
        sa.Column("routes", sa.JSON, nullable=False),
        sa.Column("gateway_port_id", ID, sa.ForeignKey("ports.id"), unique=True),
    )
    op.create_index("ix_routers_project_id", "routers", ["project_id"])
    op.create_index("ix_routers_created", "routers", ["created_at", "id"])
    op.create_table(
        "router_ports",
        sa.Column("port_id", ID, sa.ForeignKey("ports.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("router_id", ID, sa.ForeignKey("routers.id"), nullable=False),
    )
    op.create_index("ix_router_ports_router_id", "router_ports", ["router_id"])
    _floating_ips()


def _common() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    ]


def _floating_ips() -> None:
    op.create_table(
        "floating_ips",
        *_common(),
        sa.Column("network_id", ID, sa.ForeignKey("networks.id"), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("outer_port_id", ID, sa.ForeignKey("ports.id"), nullable=False, unique=True),
        sa.Column("port_id", ID, sa.ForeignKey("ports.id")),
        sa.Column("fixed_address", sa.String(64)),
        sa.Column("router_id", ID, sa.ForeignKey("routers.id")),
        sa.Column("status", sa.String(16), nullable=False),
        sa.UniqueConstraint("port_id", "fixed_address", "network_id", name="ux_floating_ips_fixed"),
    )
    for column in ("project_id", "network_id", "router_id"):
        op.create_index(f"ix_floating_ips_{column}", "floating_ips", [column])
    op.create_index("ix_floating_ips_created", "floating_ips", ["created_at", "id"])
