"""The tables of networks, subnets, ports and quotas."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named
from network.db.pool_models import SubnetPool
from network.db.rbac_models import Shareable

if TYPE_CHECKING:
    from network.db.trunk_models import Trunk


class Network(Shareable, Named, Model):
    """One L2 segment.  network_type: geneve for tenants', flat or vlan for physical ones.

    shared, external: what its grants come to: one of use for everybody, any of leaving by it.
    """

    __tablename__ = "networks"
    __table_args__ = (
        sa.Index(
            "ux_networks_segment",
            "physical_network",
            sa.text("coalesce(segmentation_id, 0)"),
            unique=True,
        ),
        sa.Index("ix_networks_created", "created_at", "id"),
    )

    admin_state_up: Mapped[bool] = mapped_column(default=True)
    shared: Mapped[bool] = mapped_column(default=False)
    external: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    mtu: Mapped[int]
    port_security_enabled: Mapped[bool] = mapped_column(default=True)
    network_type: Mapped[str] = mapped_column(sa.String(16))
    physical_network: Mapped[str | None] = mapped_column(sa.String(64))
    segmentation_id: Mapped[int | None]
    qos_policy_id: Mapped[str | None] = mapped_column(sa.ForeignKey("qos_policies.id"), index=True)

    subnets: Mapped[list["Subnet"]] = orm.relationship(
        lazy="raise", viewonly=True, order_by="Subnet.created_at, Subnet.id"
    )


class Subnet(Named, Model):
    """One range of addresses on a network.

    allocation_pools: {"start", "end"}, both included, in the order they are drawn from.
    host_routes: {"destination", "nexthop"}.
    """

    __tablename__ = "subnets"
    __table_args__ = (sa.Index("ix_subnets_created", "created_at", "id"),)

    network_id: Mapped[str] = mapped_column(
        sa.ForeignKey("networks.id", ondelete="CASCADE"), index=True
    )
    ip_version: Mapped[int]
    cidr: Mapped[str] = mapped_column(sa.String(64))
    gateway_ip: Mapped[str | None] = mapped_column(sa.String(64))
    enable_dhcp: Mapped[bool] = mapped_column(default=True)
    allocation_pools: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON)
    dns_nameservers: Mapped[list[str]] = mapped_column(sa.JSON)
    host_routes: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON)
    ipv6_ra_mode: Mapped[str | None] = mapped_column(sa.String(32))
    ipv6_address_mode: Mapped[str | None] = mapped_column(sa.String(32))
    subnetpool_id: Mapped[str | None] = mapped_column(sa.ForeignKey("subnet_pools.id"), index=True)
    service_types: Mapped[list[str]] = mapped_column(sa.JSON, default=list)

    pool: Mapped[SubnetPool | None] = orm.relationship(lazy="raise", viewonly=True)
    network: Mapped[Network] = orm.relationship(lazy="raise", viewonly=True)

    @property
    def automatic(self) -> bool:
        """Whether hosts make their own addresses from their MAC."""
        return self.ipv6_address_mode in ("slaac", "dhcpv6-stateless")


class Port(Named, Model):
    """One place to plug in.  host: where its guest runs, empty while unbound."""

    __tablename__ = "ports"
    __table_args__ = (
        sa.UniqueConstraint("network_id", "mac_address", name="ux_ports_mac"),
        sa.Index("ix_ports_device", "device_id", "device_owner"),
        sa.Index("ix_ports_created", "created_at", "id"),
    )

    network_id: Mapped[str] = mapped_column(sa.ForeignKey("networks.id", ondelete="CASCADE"))
    mac_address: Mapped[str] = mapped_column(sa.String(32))
    admin_state_up: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(sa.String(16), default="DOWN")
    device_id: Mapped[str] = mapped_column(sa.String(255), default="")
    device_owner: Mapped[str] = mapped_column(sa.String(255), default="")
    port_security_enabled: Mapped[bool] = mapped_column(default=True)
    allowed_address_pairs: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)
    extra_dhcp_opts: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON, default=list)
    host: Mapped[str] = mapped_column(sa.String(255), default="")
    vnic_type: Mapped[str] = mapped_column(sa.String(32), default="normal")
    profile: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    qos_policy_id: Mapped[str | None] = mapped_column(sa.ForeignKey("qos_policies.id"), index=True)

    network: Mapped[Network] = orm.relationship(lazy="raise", viewonly=True)
    allocations: Mapped[list["Allocation"]] = orm.relationship(
        lazy="raise", viewonly=True, order_by="Allocation.number"
    )
    trunk: Mapped["Trunk | None"] = orm.relationship(
        lazy="raise",
        viewonly=True,
        uselist=False,
        primaryjoin="Port.id == foreign(Trunk.port_id)",
    )
    groups: Mapped[list["PortGroup"]] = orm.relationship(
        lazy="raise", viewonly=True, order_by="PortGroup.security_group_id"
    )


class Allocation(Model):
    """One address of a port; the primary key is what keeps two ports from sharing it.

    place: the address less the subnet's first one, for finding gaps; None where that is no 63-bit
    number (addresses made from a MAC).  number: its place among the port's addresses.
    """

    __tablename__ = "allocations"
    __table_args__ = (sa.Index("ix_allocations_place", "subnet_id", "place"),)

    subnet_id: Mapped[str] = mapped_column(
        sa.ForeignKey("subnets.id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    port_id: Mapped[str] = mapped_column(sa.ForeignKey("ports.id", ondelete="CASCADE"), index=True)
    place: Mapped[int | None] = mapped_column(sa.BigInteger)
    number: Mapped[int] = mapped_column(default=0)


class PortGroup(Model):
    """A port is in a security group."""

    __tablename__ = "port_groups"

    port_id: Mapped[str] = mapped_column(
        sa.ForeignKey("ports.id", ondelete="CASCADE"), primary_key=True
    )
    security_group_id: Mapped[str] = mapped_column(
        sa.ForeignKey("security_groups.id"), primary_key=True, index=True
    )


class Quota(Model):
    """One limit of a project that differs from the default."""

    __tablename__ = "quotas"

    project_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    resource: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    limit: Mapped[int] = mapped_column("max_count")
