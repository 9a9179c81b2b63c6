"""OAuth1, endpoint filters, uses of policies, domain configuration, and limits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _oauth()
    _catalog()
    _limits()
    op.create_table(
        "domain_options",
        _of("domains", "domain_id", key=True),
        sa.Column("group", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
    )


def _oauth() -> None:
    op.create_table(
        "consumers",
        _id(),
        sa.Column("description", sa.Text),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
    )
    for table in ("request_tokens", "access_tokens"):
        asked = table == "request_tokens"
        op.create_table(
            table,
            _id(),
            sa.Column("secret", sa.Text, nullable=False),
            _of("consumers", "consumer_id"),
            _of("projects", "project_id"),
            _of("users", "user_id", nullable=asked),
            *([sa.Column("verifier", sa.String(255))] if asked else []),
            sa.Column("role_ids", sa.JSON, nullable=False),
            sa.Column("expires_at", sa.DateTime, nullable=not asked),
        )
        for name in ("consumer_id", "project_id", "user_id"):
            op.create_index(f"ix_{table}_{name}", table, [name])


def _catalog() -> None:
    op.create_table(
        "endpoint_groups",
        _id(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("filters", sa.JSON, nullable=False),
    )
    op.create_table(
        "project_endpoints",
        _of("projects", "project_id", key=True),
        _of("endpoints", "endpoint_id", key=True),
    )
    op.create_table(
        "project_endpoint_groups",
        _of("projects", "project_id", key=True),
        _of("endpoint_groups", "endpoint_group_id", key=True),
    )
    op.create_table(
        "policy_uses",
        sa.Column("endpoint_id", sa.String(64), primary_key=True),
        sa.Column("service_id", sa.String(64), primary_key=True),
        sa.Column("region_id", sa.String(255), primary_key=True),
        _of("policies", "policy_id"),
    )
    op.create_index("ix_policy_uses_policy_id", "policy_uses", ["policy_id"])


def _limits() -> None:
    op.create_table(
        "registered_limits",
        _id(),
        _of("services", "service_id"),
        sa.Column("region_id", sa.String(255), nullable=False),
        sa.Column("resource_name", sa.String(255), nullable=False),
        sa.Column("default_limit", sa.Integer, nullable=False),
        sa.Column("description", sa.Text),
        sa.UniqueConstraint("service_id", "region_id", "resource_name"),
    )
    op.create_index("ix_registered_limits_service_id", "registered_limits", ["service_id"])
    op.create_table(
        "limits",
        _id(),
        _of("registered_limits", "registered_limit_id"),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("domain_id", sa.String(64), nullable=False),
        sa.Column("resource_limit", sa.Integer, nullable=False),
        sa.Column("description", sa.Text),
        sa.UniqueConstraint("registered_limit_id", "project_id", "domain_id"),
    )
    for name in ("registered_limit_id", "project_id", "domain_id"):
        op.create_index(f"ix_limits_{name}", "limits", [name])


def _id() -> sa.Column[str]:
    return sa.Column("id", sa.String(64), primary_key=True)


def _of(table: str, name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[str]:
    target = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.String(64), target, primary_key=key, nullable=nullable and not key)
