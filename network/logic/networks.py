"""Networks: made, changed and removed, with what is on them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from network import errors
from network.db import groups, routers, rows
from network.db import networks as queries
from network.db import qos as qos_queries
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Network, Port, Subnet
from network.db.quotas import Quotas
from network.db.rbac_models import EXTERNAL, SHARED
from network.db.router_models import FloatingIp
from network.logic import qos, rbac
from network.logic.base import Logic, named, owner
from network.rpc.contract import NETWORK, PORT, ROUTER, SECURITY_GROUP, SUBNET, Changes

CHANGEABLE = (
    "name",
    "description",
    "admin_state_up",
    "is_default",
    "mtu",
    "port_security_enabled",
)
SMALLEST_MTU = {4: 68, 6: 1280}


@dataclasses.dataclass(frozen=True)
class Limits:
    """What networks can be like.  physical_networks: those the chassis map to bridges."""

    mtu: int
    physical_mtu: int
    physical_networks: Sequence[str]

    def largest_mtu(self, network_type: str) -> int:
        """Return the largest packet that a kind of network carries."""
        return self.mtu if network_type == "geneve" else self.physical_mtu


class Networks(Logic):
    """What can be done with networks."""

    def __init__(self, database: Database, bus: Bus, quotas: Quotas, limits: Limits) -> None:
        super().__init__(database, bus, quotas)
        self._limits = limits

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Network]:
        """Return one page of the networks the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, network_id: str) -> Network:
        """Return one network.  Raises NetworkNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, network_id)

    def create(self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]) -> Sequence[Network]:
        """Make all of the networks or none.  Raises OverQuota, InvalidInput, VlanIdInUse..."""
        changes: Changes = []
        with self._database.transaction() as session:
            ids = []
            for one in wanted:
                network = self._build(ctx, one)
                _hold(session, ctx, network, one)
                self._quotas.reserve(session, network.project_id, "network")
                group_id, new = groups.ensure_default(session, network.project_id)
                if new:
                    changes.append((SECURITY_GROUP, group_id))
                queries.add(session, network)
                _grant(session, network, one)
                rows.set_tags(session, network.id, one.get("tags", ()))
                changes.append((NETWORK, network.id))
                ids.append(network.id)
            made = [queries.get(session, ctx, network_id) for network_id in ids]
        self._tell(ctx, *changes)
        return made

    def _build(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Network:
        physical = wanted.get("provider:physical_network")
        network_type = wanted.get("provider:network_type") or ("flat" if physical else "geneve")
        vlan = wanted.get("provider:segmentation_id")
        self._check_segment(network_type, physical, vlan)
        mtu = self._mtu(network_type, wanted.get("mtu"))
        values = {"is_default": False, **named(wanted, CHANGEABLE), "mtu": mtu}
        return Network(
            id=new_id(),
            project_id=owner(ctx, wanted),
            network_type=network_type,
            physical_network=physical,
            segmentation_id=vlan if network_type == "vlan" else None,
            **values,
        )

    def _check_segment(self, network_type: str, physical: str | None, vlan: int | None) -> None:
        if network_type == "geneve":
            if physical:
                raise errors.InvalidInput(reason="a geneve network has no physical network")
            return
        known = list(self._limits.physical_networks)
        if physical not in known:
            raise errors.InvalidInput(
                reason=f"physical network {physical!r} is unknown; there are: {', '.join(known)}"
            )
        if network_type == "flat" and vlan is not None:
            raise errors.InvalidInput(reason="a flat network has no segmentation_id")
        if network_type == "vlan" and not 1 <= (vlan or 0) <= 4094:
            raise errors.InvalidInput(reason="a vlan network needs a segmentation_id of 1 to 4094")

    def _mtu(self, network_type: str, wanted: int | None) -> int:
        largest = self._limits.largest_mtu(network_type)
        if wanted and not SMALLEST_MTU[4] <= wanted <= largest:
            raise errors.InvalidInput(
                reason=f"mtu must be {SMALLEST_MTU[4]} to {largest} for a {network_type} network"
            )
        return wanted or largest

    def update(self, ctx: RequestContext, network_id: str, wanted: Mapping[str, Any]) -> Network:
        """Change a network.  Raises NetworkNotFound, NetworkInUse, InvalidInput."""
        changes: Changes = [(NETWORK, network_id)]
        with self._database.transaction() as session:
            network = queries.get_own(session, ctx, network_id)
            values = named(wanted, CHANGEABLE) | qos.chosen(
                session, ctx, wanted, network.qos_policy_id
            )
            policy = network.qos_policy_id
            if "mtu" in values:
                values["mtu"] = self._mtu(network.network_type, values["mtu"])
            mtu = network.mtu
            rows.change(network, values)
            self._external(session, network, wanted)
            _grant(session, network, wanted)
            session.flush()
            if network.mtu != mtu:
                changes += _spread_mtu(session, network)
            if network.qos_policy_id != policy:
                changes += _hold_ports(session, network)
            network = queries.get(session, ctx, network_id)
        self._tell(ctx, *changes)
        return network

    def _external(self, session: orm.Session, network: Network, wanted: Mapping[str, Any]) -> None:
        if network.external and wanted.get("router:external") is False:
            gateways = sa.select(Port.id).where(
                Port.network_id == network.id,
                Port.device_owner.in_(("network:router_gateway", "network:floatingip")),
            )
            used = list(session.scalars(gateways.limit(5)))
            if used:
                raise errors.NetworkInUse(network_id=network.id, ports=", ".join(used))

    def delete(self, ctx: RequestContext, network_id: str) -> None:
        """Remove a network with its subnets and its own ports.

        Raises NetworkNotFound, NetworkInUse naming some of the ports that are in the way.
        """
        with self._database.transaction() as session:
            network = queries.get_own(session, ctx, network_id)
            rows.lock(session, network_id)
            ports = queries.ports_in_use(session, network_id)
            if ports or _floating(session, network_id):
                raise errors.NetworkInUse(network_id=network_id, ports=", ".join(ports))
            _let_go_idle(session, network_id)
            own = [
                *((PORT, port_id) for port_id in _ids(session, Port, network_id)),
                *((SUBNET, subnet_id) for subnet_id in _ids(session, Subnet, network_id)),
            ]
            rows.delete(session, network)
        self._tell(ctx, *own, (NETWORK, network_id))


def _hold(
    session: orm.Session, ctx: RequestContext, network: Network, wanted: Mapping[str, Any]
) -> None:
    """Give a new network the policy it asks for, or its project's default one."""
    chosen = qos.chosen(session, ctx, wanted)
    default = qos_queries.default_of(session, network.project_id) if not chosen else None
    network.qos_policy_id = chosen.get("qos_policy_id") or (default.id if default else None)


def _hold_ports(session: orm.Session, network: Network) -> Changes:
    """Advance the ports that have their policy from the network."""
    query = sa.select(Port.id).where(Port.network_id == network.id, Port.qos_policy_id.is_(None))
    found = list(session.scalars(query))
    rows.advance_all(session, Port, found)
    return [(PORT, port_id) for port_id in found]


def _grant(session: orm.Session, network: Network, wanted: Mapping[str, Any]) -> None:
    """Grant the network to everybody, or no longer, where a request says so.

    Raises RbacPolicyInUse while other projects are on it.
    """
    for attribute, action in (("shared", SHARED), ("router:external", EXTERNAL)):
        if wanted.get(attribute):
            rbac.share(session, "network", network, action)
        elif wanted.get(attribute) is False:
            rbac.unshare(session, network, action)


def _ids(session: orm.Session, model: Any, network_id: str) -> list[str]:
    return list(session.scalars(sa.select(model.id).where(model.network_id == network_id)))


def _floating(session: orm.Session, network_id: str) -> bool:
    query = sa.select(FloatingIp.id).where(
        FloatingIp.network_id == network_id, FloatingIp.port_id.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None


def _let_go_idle(session: orm.Session, network_id: str) -> None:
    """Remove the floating addresses of a network that lead nowhere."""
    for floating in session.scalars(
        sa.select(FloatingIp).where(FloatingIp.network_id == network_id)
    ):
        rows.delete(session, floating)


def _spread_mtu(session: orm.Session, network: Network) -> Changes:
    """Advance what carries the network's MTU: its subnets' DHCP, and routers' legs."""
    subnets = [subnet.id for subnet in network.subnets]
    rows.advance_all(session, Subnet, subnets)
    found = routers.on_networks(session, [network.id])
    return [*((SUBNET, one) for one in subnets), *((ROUTER, one) for one in found)]
