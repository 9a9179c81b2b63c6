"""The ledger, and the hosts behind it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _aggregates()
    _consumers()
    _decisions()
    _hosts()
    _providers()
    _resource_classes()
    _services()
    _traits()
    _aggregate_hosts()
    _allocations()
    _inventories()
    _provider_aggregates()
    _provider_traits()


def _aggregates() -> None:
    op.create_table(
        "aggregates",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=True),
    )


def _consumers() -> None:
    op.create_table(
        "consumers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(255), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("server_id", sa.String(36), nullable=False, index=True),
        sa.Column("host", sa.String(255), nullable=True),
        sa.Column("passed", sa.JSON(), nullable=False),
        sa.Column("nearest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )


def _hosts() -> None:
    op.create_table(
        "hosts",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("number", sa.Integer(), nullable=False, unique=True),
        sa.Column("hypervisors", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reported_at", sa.Double(), nullable=False),
    )


def _providers() -> None:
    op.create_table(
        "providers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(36), sa.ForeignKey("providers.id"), nullable=True),
        sa.Column("root_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )


def _resource_classes() -> None:
    op.create_table(
        "resource_classes",
        sa.Column("name", sa.String(255), primary_key=True),
    )


def _services() -> None:
    op.create_table(
        "services",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("binary", sa.String(64), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.String(255), nullable=True),
        sa.Column("forced_down", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("binary", "host"),
    )


def _traits() -> None:
    op.create_table(
        "traits",
        sa.Column("name", sa.String(255), primary_key=True),
    )


def _aggregate_hosts() -> None:
    op.create_table(
        "aggregate_hosts",
        sa.Column("aggregate", sa.Integer(), sa.ForeignKey("aggregates.number"), primary_key=True),
        sa.Column("host", sa.String(255), primary_key=True),
    )


def _allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column("consumer_id", sa.String(36), sa.ForeignKey("consumers.id"), primary_key=True),
        sa.Column("provider_id", sa.String(36), sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("resource_class", sa.String(255), primary_key=True),
        sa.Column("used", sa.Integer(), nullable=False),
    )
    op.create_index(
        "ix_allocations_provider", "allocations", ["provider_id", "resource_class", "used"]
    )


def _inventories() -> None:
    op.create_table(
        "inventories",
        sa.Column("provider_id", sa.String(36), sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("resource_class", sa.String(255), primary_key=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("min_unit", sa.Integer(), nullable=False),
        sa.Column("max_unit", sa.Integer(), nullable=False),
        sa.Column("step_size", sa.Integer(), nullable=False),
        sa.Column("allocation_ratio", sa.Double(), nullable=False),
    )


def _provider_aggregates() -> None:
    op.create_table(
        "provider_aggregates",
        sa.Column("provider_id", sa.String(36), sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("aggregate_id", sa.String(36), primary_key=True),
    )


def _provider_traits() -> None:
    op.create_table(
        "provider_traits",
        sa.Column("provider_id", sa.String(36), sa.ForeignKey("providers.id"), primary_key=True),
        sa.Column("trait", sa.String(255), primary_key=True),
    )
