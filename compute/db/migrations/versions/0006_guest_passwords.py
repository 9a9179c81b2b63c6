"""Passwords that guests leave for their owners."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("servers", sa.Column("guest_password", sa.Text(), nullable=True))
