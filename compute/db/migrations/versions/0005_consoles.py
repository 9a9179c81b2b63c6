"""Tokens that open a console."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "console_tokens",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("server_id", sa.String(36), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("protocol", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_console_tokens_expires", "console_tokens", ["expires_at"])
    op.create_index("ix_console_tokens_server", "console_tokens", ["server_id"])
