"""Port forwardings."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    op.create_table(
        "port_forwardings",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("floating_ip_id", ID, sa.ForeignKey("floating_ips.id"), nullable=False),
        sa.Column("internal_port_id", ID, sa.ForeignKey("ports.id"), nullable=False),
        sa.Column("internal_address", sa.String(64), nullable=False),
        sa.Column("internal_port", sa.Integer, nullable=False),
        sa.Column("external_port", sa.Integer, nullable=False),
        sa.Column("protocol", sa.String(8), nullable=False),
        sa.UniqueConstraint(
            "floating_ip_id", "protocol", "external_port", name="ux_port_forwardings_outer"
        ),
        sa.UniqueConstraint(
            "internal_port_id",
            "internal_address",
            "protocol",
            "internal_port",
            name="ux_port_forwardings_inner",
        ),
    )
    op.create_index("ix_port_forwardings_project_id", "port_forwardings", ["project_id"])
    op.create_index(
        "ix_port_forwardings_internal_port_id", "port_forwardings", ["internal_port_id"]
    )
