"""Metadata definitions: namespaces, what they define, and the kinds of resources they are for."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# What can be described in this cloud.
KINDS = ("OS::Glance::Image", "OS::Nova::Aggregate", "OS::Nova::Flavor", "OS::Nova::Server")


def upgrade() -> None:
    _namespaces()
    op.create_table(
        "metadef_definitions",
        _namespace_id(),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("body", sa.JSON, nullable=False),
        *_moments(),
    )
    _resource_types()


def _namespaces() -> None:
    op.create_table(
        "metadef_namespaces",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("namespace", sa.String(80), nullable=False, unique=True),
        sa.Column("display_name", sa.String(80)),
        sa.Column("description", sa.Text),
        sa.Column("visibility", sa.String(16), nullable=False),
        sa.Column("protected", sa.Boolean, nullable=False),
        sa.Column("owner", sa.String(255)),
        *_moments(),
    )


def _resource_types() -> None:
    table = op.create_table(
        "metadef_resource_types",
        sa.Column("name", sa.String(80), primary_key=True),
        *_moments(),
    )
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    op.bulk_insert(table, [{"name": name, "created_at": now, "updated_at": now} for name in KINDS])
    op.create_table(
        "metadef_associations",
        _namespace_id(),
        sa.Column(
            "resource_type",
            sa.String(80),
            sa.ForeignKey("metadef_resource_types.name"),
            primary_key=True,
        ),
        sa.Column("properties_target", sa.String(80)),
        sa.Column("prefix", sa.String(80)),
        *_moments(),
    )


def _namespace_id() -> sa.Column[str]:
    return sa.Column(
        "namespace_id",
        sa.String(36),
        sa.ForeignKey("metadef_namespaces.id", ondelete="CASCADE"),
        primary_key=True,
    )


def _moments() -> list[sa.Column[dt.datetime]]:
    return [sa.Column(name, sa.DateTime, nullable=False) for name in ("created_at", "updated_at")]
