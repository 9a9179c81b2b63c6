"""Networks, subnets, ports, their addresses, tags and quotas."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.String(36)
NAME = sa.String(255)


def upgrade() -> None:
    _networks()
    _subnets()
    _ports()
    _allocations()
    op.create_table(
        "tags",
        sa.Column("resource_id", ID, primary_key=True),
        sa.Column("tag", NAME, primary_key=True),
    )
    op.create_index("ix_tags_tag", "tags", ["tag", "resource_id"])
    op.create_table(
        "quotas",
        sa.Column("project_id", NAME, primary_key=True),
        sa.Column("resource", sa.String(64), primary_key=True),
        sa.Column("max_count", sa.Integer, nullable=False),
    )


def _resource(table: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    """Create a table with what every named resource has."""
    op.create_table(
        table,
        sa.Column("id", ID, primary_key=True),
        sa.Column("project_id", NAME, nullable=False),
        sa.Column("name", NAME, nullable=False),
        sa.Column("description", NAME, nullable=False),
        sa.Column("revision_number", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        *columns,
    )
    op.create_index(f"ix_{table}_project_id", table, ["project_id"])
    op.create_index(f"ix_{table}_created", table, ["created_at", "id"])


def _networks() -> None:
    _resource(
        "networks",
        sa.Column("admin_state_up", sa.Boolean, nullable=False),
        sa.Column("shared", sa.Boolean, nullable=False),
        sa.Column("external", sa.Boolean, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.Column("mtu", sa.Integer, nullable=False),
        sa.Column("port_security_enabled", sa.Boolean, nullable=False),
        sa.Column("network_type", sa.String(16), nullable=False),
        sa.Column("physical_network", sa.String(64)),
        sa.Column("segmentation_id", sa.Integer),
    )
    op.create_index(
        "ux_networks_segment",
        "networks",
        ["physical_network", sa.text("coalesce(segmentation_id, 0)")],
        unique=True,
    )


def _subnets() -> None:
    _resource(
        "subnets",
        sa.Column(
            "network_id", ID, sa.ForeignKey("networks.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("ip_version", sa.Integer, nullable=False),
        sa.Column("cidr", sa.String(64), nullable=False),
        sa.Column("gateway_ip", sa.String(64)),
        sa.Column("enable_dhcp", sa.Boolean, nullable=False),
        sa.Column("allocation_pools", sa.JSON, nullable=False),
        sa.Column("dns_nameservers", sa.JSON, nullable=False),
        sa.Column("host_routes", sa.JSON, nullable=False),
        sa.Column("ipv6_ra_mode", sa.String(32)),
        sa.Column("ipv6_address_mode", sa.String(32)),
    )
    op.create_index("ix_subnets_network_id", "subnets", ["network_id"])


def _ports() -> None:
    _resource(
        "ports",
        sa.Column(
            "network_id", ID, sa.ForeignKey("networks.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("mac_address", sa.String(32), nullable=False),
        sa.Column("admin_state_up", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("device_id", NAME, nullable=False),
        sa.Column("device_owner", NAME, nullable=False),
        sa.Column("port_security_enabled", sa.Boolean, nullable=False),
        sa.Column("allowed_address_pairs", sa.JSON, nullable=False),
        sa.Column("extra_dhcp_opts", sa.JSON, nullable=False),
        sa.Column("host", NAME, nullable=False),
        sa.Column("vnic_type", sa.String(32), nullable=False),
        sa.Column("profile", sa.JSON, nullable=False),
        sa.UniqueConstraint("network_id", "mac_address", name="ux_ports_mac"),
    )
    op.create_index("ix_ports_device", "ports", ["device_id", "device_owner"])


def _allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column(
            "subnet_id", ID, sa.ForeignKey("subnets.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("port_id", ID, sa.ForeignKey("ports.id", ondelete="CASCADE"), nullable=False),
        sa.Column("place", sa.BigInteger),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_index("ix_allocations_port_id", "allocations", ["port_id"])
    op.create_index("ix_allocations_place", "allocations", ["subnet_id", "place"])
