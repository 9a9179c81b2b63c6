"""Images, their properties, tags and members, and data to be forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _images()
    _details()
    op.create_table("image_discards", sa.Column("data_id", sa.String(36), primary_key=True))


def _images() -> None:
    op.create_table(
        "images",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(255)),
        sa.Column("owner", sa.String(255)),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("visibility", sa.String(16), nullable=False),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("os_hidden", sa.Boolean, nullable=False),
        sa.Column("disk_format", sa.String(32)),
        sa.Column("container_format", sa.String(32)),
        sa.Column("min_disk", sa.Integer, nullable=False),
        sa.Column("min_ram", sa.Integer, nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("virtual_size", sa.BigInteger),
        sa.Column("checksum", sa.String(32)),
        sa.Column("os_hash_algo", sa.String(32)),
        sa.Column("os_hash_value", sa.String(128)),
        sa.Column("data_id", sa.String(36)),
        sa.Column("heard_at", sa.DateTime),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_images_owner", "images", ["owner", "created_at", "id"])
    op.create_index("ix_images_visibility", "images", ["visibility", "created_at", "id"])
    op.create_index("ix_images_created", "images", ["created_at", "id"])
    op.create_index("ix_images_heard", "images", ["heard_at"])


def _details() -> None:
    op.create_table(
        "image_properties",
        _image_id(),
        sa.Column("name", sa.String(255), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_index("ix_image_properties_value", "image_properties", ["name", "image_id"])
    op.create_table("image_tags", _image_id(), sa.Column("value", sa.String(255), primary_key=True))
    op.create_index("ix_image_tags_value", "image_tags", ["value", "image_id"])
    op.create_table(
        "image_members",
        _image_id(),
        sa.Column("member_id", sa.String(255), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_index("ix_image_members_member", "image_members", ["member_id", "status"])


def _image_id() -> sa.Column[str]:
    owner = sa.ForeignKey("images.id", ondelete="CASCADE")
    return sa.Column("image_id", sa.String(36), owner, primary_key=True)
