"""Whether floating addresses are translated where their guests are."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column(
        "routers",
        sa.Column("distributed", sa.Boolean, nullable=False, server_default=sa.false()),
    )
