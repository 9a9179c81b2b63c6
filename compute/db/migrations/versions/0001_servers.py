"""Servers and what belongs to them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _flavors()
    _keypairs()
    _quota_limits()
    _quota_locks()
    _server_groups()
    _servers()
    _actions()
    _faults()
    _flavor_access()
    _nics()
    _server_tags()


def _flavors() -> None:
    op.create_table(
        "flavors",
        sa.Column("id", sa.String(255), primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, unique=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.Column("disk_gib", sa.Integer(), nullable=False),
        sa.Column("ephemeral_gib", sa.Integer(), nullable=False),
        sa.Column("swap_mib", sa.Integer(), nullable=False),
        sa.Column("rxtx_factor", sa.Double(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("extra_specs", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )


def _keypairs() -> None:
    op.create_table(
        "keypairs",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(128), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.UniqueConstraint("user_id", "name"),
    )


def _quota_limits() -> None:
    op.create_table(
        "quota_limits",
        sa.Column("project_id", sa.String(64), primary_key=True),
        sa.Column("resource", sa.String(64), primary_key=True),
        sa.Column("hard_limit", sa.Integer(), nullable=False),
    )


def _quota_locks() -> None:
    op.create_table(
        "quota_locks",
        sa.Column("project_id", sa.String(64), primary_key=True),
    )


def _server_groups() -> None:
    op.create_table(
        "server_groups",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False, index=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("policy", sa.String(32), nullable=False),
        sa.Column("max_server_per_host", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )


def _servers() -> None:
    op.create_table(
        "servers",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("project_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("hostname", sa.String(255), nullable=False),
        sa.Column("description", sa.String(255), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("task_state", sa.String(32), nullable=True),
        sa.Column("verb", sa.String(32), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.DateTime(), nullable=True),
        sa.Column("order", sa.JSON(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("locked_reason", sa.String(255), nullable=True),
        sa.Column("locked_by_admin", sa.Boolean(), nullable=False),
        sa.Column("vcpus", sa.Integer(), nullable=False),
        sa.Column("memory_mib", sa.Integer(), nullable=False),
        sa.Column("disk_gib", sa.Integer(), nullable=False),
        sa.Column("flavor", sa.JSON(), nullable=False),
        sa.Column("image_id", sa.String(36), nullable=True),
        sa.Column("image", sa.JSON(), nullable=False),
        sa.Column("key_name", sa.String(255), nullable=True),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("user_data", sa.Text(), nullable=True),
        sa.Column("config_drive", sa.Boolean(), nullable=False),
        sa.Column("disk_config", sa.String(8), nullable=False),
        sa.Column("access_ip_v4", sa.String(64), nullable=False),
        sa.Column("access_ip_v6", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("security_groups", sa.JSON(), nullable=False),
        sa.Column("zone_wanted", sa.String(255), nullable=True),
        sa.Column("host_wanted", sa.String(255), nullable=True),
        sa.Column("zone", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255), nullable=True),
        sa.Column("group_id", sa.String(36), nullable=True),
        sa.Column("hints", sa.JSON(), nullable=False),
        sa.Column("reservation_id", sa.String(32), nullable=False),
        sa.Column("launch_index", sa.Integer(), nullable=False),
        sa.Column("admin_pass", sa.String(255), nullable=True),
        sa.Column("reported_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("updated_at", sa.DateTime(), nullable=False),
        sa.Column("launched_at", sa.DateTime(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(), nullable=True),
    )
    op.create_index("ix_servers_deadline", "servers", ["deadline"])
    op.create_index("ix_servers_host", "servers", ["host", "deleted_at"])
    op.create_index("ix_servers_created", "servers", ["created_at", "id"])
    op.create_index("ix_servers_project", "servers", ["project_id", "deleted_at", "created_at"])


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("server_id", sa.String(36), sa.ForeignKey("servers.id"), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=True),
        sa.Column("project_id", sa.String(64), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("result", sa.String(16), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("host", sa.String(255), nullable=True),
    )
    op.create_index("ix_actions_server", "actions", ["server_id", "started_at"])


def _faults() -> None:
    op.create_table(
        "faults",
        sa.Column("server_id", sa.String(36), sa.ForeignKey("servers.id"), primary_key=True),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
    )


def _flavor_access() -> None:
    op.create_table(
        "flavor_access",
        sa.Column("flavor_id", sa.String(255), sa.ForeignKey("flavors.id"), primary_key=True),
        sa.Column("project_id", sa.String(64), primary_key=True),
    )


def _nics() -> None:
    op.create_table(
        "nics",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("server_id", sa.String(36), sa.ForeignKey("servers.id"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("network_id", sa.String(36), nullable=False),
        sa.Column("network_name", sa.String(255), nullable=False),
        sa.Column("mtu", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(60), nullable=True),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("wanted_address", sa.String(64), nullable=True),
        sa.Column("port_id", sa.String(36), nullable=True),
        sa.Column("mac", sa.String(32), nullable=True),
        sa.Column("addresses", sa.JSON(), nullable=False),
    )
    op.create_index("ix_nics_server", "nics", ["server_id", "position"])


def _server_tags() -> None:
    op.create_table(
        "server_tags",
        sa.Column("server_id", sa.String(36), sa.ForeignKey("servers.id"), primary_key=True),
        sa.Column("tag", sa.String(60), primary_key=True),
    )
