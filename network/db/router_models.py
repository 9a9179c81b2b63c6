"""The tables of routers, floating addresses and port forwardings."""

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Named, Resource, Tagged
from network.db.models import Port


class Router(Named, Model):
    """One router; its legs are ports.  routes: {"destination", "nexthop"}.

    distributed: floating addresses are translated on their guests' hosts, not at the gateway.
    """

    __tablename__ = "routers"
    __table_args__ = (sa.Index("ix_routers_created", "created_at", "id"),)

    admin_state_up: Mapped[bool] = mapped_column(default=True)
    enable_snat: Mapped[bool] = mapped_column(default=True)
    distributed: Mapped[bool] = mapped_column(default=False)
    routes: Mapped[list[dict[str, str]]] = mapped_column(sa.JSON, default=list)
    gateway_port_id: Mapped[str | None] = mapped_column(sa.ForeignKey("ports.id"), unique=True)

    gateway_qos_policy_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("qos_policies.id"), index=True
    )

    gateway_port: Mapped[Port | None] = orm.relationship(lazy="raise", viewonly=True)


class RouterPort(Model):
    """A port is a leg of a router, the gateway's aside."""

    __tablename__ = "router_ports"

    port_id: Mapped[str] = mapped_column(
        sa.ForeignKey("ports.id", ondelete="CASCADE"), primary_key=True
    )
    router_id: Mapped[str] = mapped_column(sa.ForeignKey("routers.id"), index=True)


class FloatingIp(Tagged, Model):
    """One address of an external network and where it leads.

    outer_port_id: the port that holds the address.  port_id: the port it leads to.
    """

    __tablename__ = "floating_ips"
    __table_args__ = (
        sa.UniqueConstraint("port_id", "fixed_address", "network_id", name="ux_floating_ips_fixed"),
        sa.Index("ix_floating_ips_created", "created_at", "id"),
    )

    network_id: Mapped[str] = mapped_column(sa.ForeignKey("networks.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(64))
    outer_port_id: Mapped[str] = mapped_column(sa.ForeignKey("ports.id"), unique=True)
    port_id: Mapped[str | None] = mapped_column(sa.ForeignKey("ports.id"))
    fixed_address: Mapped[str | None] = mapped_column(sa.String(64))
    router_id: Mapped[str | None] = mapped_column(sa.ForeignKey("routers.id"), index=True)
    status: Mapped[str] = mapped_column(sa.String(16), default="DOWN")
    qos_policy_id: Mapped[str | None] = mapped_column(sa.ForeignKey("qos_policies.id"), index=True)

    port: Mapped[Port | None] = orm.relationship(
        lazy="raise", viewonly=True, foreign_keys="FloatingIp.port_id"
    )
    outer_port: Mapped[Port] = orm.relationship(
        lazy="raise", viewonly=True, foreign_keys="FloatingIp.outer_port_id"
    )
    forwardings: Mapped[list["PortForwarding"]] = orm.relationship(
        lazy="raise", viewonly=True, order_by="PortForwarding.created_at"
    )


class PortForwarding(Resource, Model):
    """One outer port of a floating address, and the inner address and port it leads to."""

    __tablename__ = "port_forwardings"
    __table_args__ = (
        sa.UniqueConstraint(
            "floating_ip_id", "protocol", "external_port", name="ux_port_forwardings_outer"
        ),
        sa.UniqueConstraint(
            "internal_port_id",
            "internal_address",
            "protocol",
            "internal_port",
            name="ux_port_forwardings_inner",
        ),
    )

    floating_ip_id: Mapped[str] = mapped_column(sa.ForeignKey("floating_ips.id"))
    internal_port_id: Mapped[str] = mapped_column(sa.ForeignKey("ports.id"), index=True)
    internal_address: Mapped[str] = mapped_column(sa.String(64))
    internal_port: Mapped[int]
    external_port: Mapped[int]
    protocol: Mapped[str] = mapped_column(sa.String(8))

    floating_ip: Mapped[FloatingIp] = orm.relationship(lazy="raise", viewonly=True)
    port: Mapped[Port] = orm.relationship(lazy="raise", viewonly=True)
