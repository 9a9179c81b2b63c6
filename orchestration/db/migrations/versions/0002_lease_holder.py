"""Resources say which process works on them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the holder of a lease."""
    op.add_column("resources", sa.Column("holder", sa.String(255)))
