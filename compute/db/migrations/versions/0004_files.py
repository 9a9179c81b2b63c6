"""Files that a server's owner wants in its guest."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("servers", sa.Column("files", sa.JSON(), nullable=False, server_default="[]"))
