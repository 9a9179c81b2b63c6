"""A router's legs: ports on the subnets that it joins."""

import dataclasses
import ipaddress
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import addresses, forwardings, networks, ports, routers, rows, subnets
from network.db.base import new_id
from network.db.models import Port, Subnet
from network.db.router_models import Router, RouterPort
from network.logic import gateways, ports_input, ranges
from network.logic.base import Logic
from network.rpc.contract import PORT, ROUTER


@dataclasses.dataclass(frozen=True)
class Interface:
    """One leg, as it was added or removed."""

    router: Router
    port_id: str
    network_id: str
    subnet_ids: tuple[str, ...]


class Interfaces(Logic):
    """What can be done with routers' legs."""

    def add(self, ctx: RequestContext, router_id: str, wanted: Mapping[str, str]) -> Interface:
        """Join a subnet, or the subnets of a port, to the router.

        wanted: subnet_id or port_id.  Raises RouterNotFound, SubnetNotFound, PortNotFound,
        PortInUse, BadRequest for overlapping ranges, IpAddressAlreadyAllocated.
        """
        if ("subnet_id" in wanted) == ("port_id" in wanted):
            raise roots.BadRequest(reason="Either subnet_id or port_id must be specified, not both")
        with self._database.transaction() as session:
            router = routers.get(session, ctx, router_id)
            rows.lock(session, router_id)
            if "port_id" in wanted:
                port = self._given_port(session, ctx, router, wanted["port_id"])
            else:
                port = self._new_port(session, ctx, router, wanted["subnet_id"])
            session.add(RouterPort(port_id=port.id, router_id=router.id))
            rows.advance(router)
            session.flush()
            held = tuple(one.subnet_id for one in addresses.held(session, port.id))
            router = routers.get(session, ctx, router_id)
        self._tell(ctx, (PORT, port.id), (ROUTER, router_id))
        return Interface(router, port.id, port.network_id, held)

    def _new_port(
        self, session: orm.Session, ctx: RequestContext, router: Router, subnet_id: str
    ) -> Port:
        """Return a new port that has the subnet's gateway address."""
        subnet = subnets.get(session, ctx, subnet_id)
        if subnet.gateway_ip is None:
            raise roots.BadRequest(reason="Subnet for router interface must have a gateway IP")
        network = networks.get(session, RequestContext.internal(), subnet.network_id)
        if not ctx.is_admin and ctx.project_id not in (network.project_id, subnet.project_id):
            # Who has the gateway's address has everybody's packets.
            raise errors.NotYours(what="Subnet", resource_id=subnet_id)
        _check_apart(session, router, [subnet])
        self._quotas.reserve(session, router.project_id, "port")
        rows.lock(session, subnet.network_id)
        port = Port(
            id=new_id(),
            project_id=router.project_id,
            network_id=subnet.network_id,
            device_id=router.id,
            device_owner=ports.INTERFACE,
            port_security_enabled=False,
        )
        ports.add(session, port)
        addresses.take(session, port, subnet, ranges.address(subnet.gateway_ip), 0)
        return port

    def _given_port(
        self, session: orm.Session, ctx: RequestContext, router: Router, port_id: str
    ) -> Port:
        """Return a port that the caller made, now the router's."""
        port = ports.get(session, ctx, port_id)
        ports_input.check_own(ctx, port)
        if port.device_id and port.device_id != router.id:
            raise errors.PortInUse(port_id=port_id, device_id=port.device_id)
        if port.device_owner in ports.ROUTER_OWNED:
            raise errors.PortInUse(port_id=port_id, device_id=port.device_id)
        internal = RequestContext.internal()
        joined = [subnets.get(session, internal, one.subnet_id) for one in port.allocations]
        if not joined:
            raise roots.BadRequest(reason=f"Router port {port_id} has no fixed IPs")
        _check_apart(session, router, joined)
        ports.set_groups(session, port_id, [])
        values = {
            "device_id": router.id,
            "device_owner": ports.INTERFACE,
            "port_security_enabled": False,
        }
        rows.change(port, values)
        session.flush()
        return port

    def remove(self, ctx: RequestContext, router_id: str, wanted: Mapping[str, str]) -> Interface:
        """Part a subnet from the router; the port goes.

        wanted: subnet_id, port_id, or both.  Raises RouterNotFound, RouterInterfaceNotFound,
        RouterInterfaceNotFoundForSubnet, RouterInterfaceInUseByFloatingIP,
        RouterInterfaceInUseByRoute.
        """
        if not wanted:
            raise roots.BadRequest(reason="Either subnet_id or port_id must be specified")
        with self._database.transaction() as session:
            router = routers.get(session, ctx, router_id)
            rows.lock(session, router_id)
            legs = _chosen(router_id, routers.legs(session, router_id), wanted)
            _check_unused(session, router, [leg.subnet for leg in legs])
            port = session.get_one(Port, legs[0].port_id)
            session.execute(sa.delete(RouterPort).where(RouterPort.port_id == port.id))
            rows.delete(session, port)
            rows.advance(router)
            session.flush()
            router = routers.get(session, ctx, router_id)
        self._tell(ctx, (ROUTER, router_id))
        subnet_ids = tuple(leg.subnet.id for leg in legs)
        return Interface(router, port.id, port.network_id, subnet_ids)


def _chosen(
    router_id: str, legs: list[routers.Leg], wanted: Mapping[str, str]
) -> list[routers.Leg]:
    """Return the addresses of the one port that is meant."""
    port_id, subnet_id = wanted.get("port_id"), wanted.get("subnet_id")
    if port_id is not None:
        found = [leg for leg in legs if leg.port_id == port_id]
        if not found:
            raise errors.RouterInterfaceNotFound(router_id=router_id, port_id=port_id)
        if subnet_id is not None and subnet_id not in {leg.subnet.id for leg in found}:
            raise roots.Conflict(reason=f"Port {port_id} is not on subnet {subnet_id}")
        return found
    on_subnet = [leg for leg in legs if leg.subnet.id == subnet_id]
    if not on_subnet:
        raise errors.RouterInterfaceNotFoundForSubnet(router_id=router_id, subnet_id=subnet_id)
    return [leg for leg in legs if leg.port_id == on_subnet[0].port_id]


def _check_apart(session: orm.Session, router: Router, joined: list[Subnet]) -> None:
    others = [leg.subnet for leg in routers.legs(session, router.id)]
    others += [leg.subnet for leg in routers.gateway_legs(session, router)]
    for subnet in joined:
        gateways.check_apart(subnet, others)


def _check_unused(session: orm.Session, router: Router, parted: list[Subnet]) -> None:
    ids = [subnet.id for subnet in parted]
    if routers.floats_on(session, router.id, ids) or forwardings.into(session, router.id, ids):
        raise errors.RouterInterfaceInUseByFloatingIP(subnet_id=ids[0], router_id=router.id)
    for subnet in parted:
        net = ipaddress.ip_network(subnet.cidr)
        if any(ipaddress.ip_address(route["nexthop"]) in net for route in router.routes):
            raise errors.RouterInterfaceInUseByRoute(subnet_id=subnet.id, router_id=router.id)
