"""Trunks and the ports inside them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    op.create_table(
        "trunks",
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("port_id", ID, sa.ForeignKey("ports.id"), nullable=False, unique=True),
        sa.Column("admin_state_up", sa.Boolean, nullable=False),
    )
    op.create_index("ix_trunks_project_id", "trunks", ["project_id"])
    op.create_index("ix_trunks_created", "trunks", ["created_at", "id"])
    op.create_table(
        "sub_ports",
        sa.Column("port_id", ID, sa.ForeignKey("ports.id"), primary_key=True),
        sa.Column("trunk_id", ID, sa.ForeignKey("trunks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("segmentation_type", sa.String(16), nullable=False),
        sa.Column("segmentation_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.UniqueConstraint(
            "trunk_id", "segmentation_type", "segmentation_id", name="ux_sub_ports_segment"
        ),
    )
