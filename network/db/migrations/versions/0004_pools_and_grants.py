"""Grants to other projects, address scopes, subnet pools, and what subnets say of them."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    op.create_table(
        "rbac_policies",
        *_common(),
        sa.Column("object_type", sa.String(32), nullable=False),
        sa.Column("object_id", ID, nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("target", NAME, nullable=False),
        sa.UniqueConstraint("object_id", "action", "target", name="ux_rbac_policies_target"),
    )
    op.create_index("ix_rbac_policies_project_id", "rbac_policies", ["project_id"])
    op.create_index("ix_rbac_policies_created", "rbac_policies", ["created_at", "id"])
    op.create_index("ix_rbac_policies_target", "rbac_policies", ["object_type", "target"])
    _grant_what_is_shared()
    _pools()


def _common() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    ]


def _grant_what_is_shared() -> None:
    """Networks that are shared or external get the grants that say so."""
    connection = op.get_bind()
    networks = sa.table(
        "networks", *(sa.column(name) for name in ("id", "project_id", "shared", "external"))
    )
    grants = sa.table("rbac_policies", *(sa.column(one.name) for one in _common()))
    for name in ("object_type", "object_id", "action", "target"):
        grants.append_column(sa.column(name))
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    for row in connection.execute(sa.select(networks)):
        actions = {"access_as_shared": row.shared, "access_as_external": row.external}
        for action in [action for action, wanted in actions.items() if wanted]:
            values = {
                "id": str(uuid.uuid4()),
                "project_id": row.project_id,
                "description": "",
                "revision_number": 1,
                "created_at": now,
                "updated_at": now,
                "object_type": "network",
                "object_id": row.id,
                "action": action,
                "target": "*",
            }
            connection.execute(sa.insert(grants).values(values))


def _pools() -> None:
    op.create_table(
        "address_scopes",
        *_common(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("ip_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "subnet_pools",
        *_common(),
        sa.Column("name", NAME, nullable=False),
        sa.Column("ip_version", sa.Integer, nullable=False),
        sa.Column("prefixes", sa.JSON, nullable=False),
        sa.Column("min_prefixlen", sa.Integer, nullable=False),
        sa.Column("max_prefixlen", sa.Integer, nullable=False),
        sa.Column("default_prefixlen", sa.Integer, nullable=False),
        sa.Column("default_quota", sa.Integer),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("address_scope_id", ID, sa.ForeignKey("address_scopes.id")),
    )
    for table in ("address_scopes", "subnet_pools"):
        op.create_index(f"ix_{table}_project_id", table, ["project_id"])
        op.create_index(f"ix_{table}_created", table, ["created_at", "id"])
    op.create_index("ix_subnet_pools_address_scope_id", "subnet_pools", ["address_scope_id"])
    # Alembic writes constraints apart, which SQLite has no statement for.
    op.execute("ALTER TABLE subnets ADD COLUMN subnetpool_id VARCHAR(36) REFERENCES subnet_pools")
    op.add_column(
        "subnets", sa.Column("service_types", sa.JSON, nullable=False, server_default="[]")
    )
    op.create_index("ix_subnets_subnetpool_id", "subnets", ["subnetpool_id"])
