"""In which stores an image's data is, and the tasks that bring it there."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "image_copies",
        sa.Column(
            "image_id",
            sa.String(36),
            sa.ForeignKey("images.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("store", sa.String(64), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
    )
    # `file` is the store that there was before there were several.
    op.execute(
        "INSERT INTO image_copies (image_id, store, status) "
        "SELECT id, 'file', 'ready' FROM images WHERE status IN ('active', 'deactivated')"
    )
    op.create_table(
        "image_copy_discards",
        sa.Column("data_id", sa.String(36), primary_key=True),
        sa.Column("store", sa.String(64), primary_key=True),
    )
    _tasks()


def _tasks() -> None:
    op.create_table(
        "image_tasks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("image_id", sa.String(36)),
        sa.Column("data_id", sa.String(36)),
        sa.Column("owner", sa.String(255)),
        sa.Column("user_id", sa.String(64)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("input", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("heard_at", sa.DateTime),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_image_tasks_image", "image_tasks", ["image_id"])
    op.create_index("ix_image_tasks_heard", "image_tasks", ["heard_at"])
    op.create_index("ix_image_tasks_owner", "image_tasks", ["owner", "created_at", "id"])
    op.create_index("ix_image_tasks_expires", "image_tasks", ["expires_at"])
