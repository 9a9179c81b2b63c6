"""Floating addresses: taken, led to a port, and given back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import addresses, forwardings, networks, ports, routers, rows, subnets
from network.db import floating_ips as queries
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Allocation, Network, Port
from network.db.router_models import FloatingIp, Router
from network.logic import ports_input, qos
from network.logic.assign import assign
from network.logic.base import Logic, named, owner
from network.rpc.contract import ROUTER, Changes


class FloatingIps(Logic):
    """What can be done with floating addresses."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[FloatingIp]:
        """Return one page of the floating addresses the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, floating_ip_id: str) -> FloatingIp:
        """Return one floating address.  Raises FloatingIPNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, floating_ip_id)

    def create(
        self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[FloatingIp]:
        """Take addresses of external networks, and lead them to ports where one is named.

        Raises OverQuota, NetworkNotFound, BadRequest, IpAddressGenerationFailure,
        ExternalGatewayForFloatingIPNotFound, FloatingIPPortAlreadyAssociated.
        """
        with self._database.transaction() as session:
            made = [self._create(session, ctx, one) for one in wanted]
        self._tell(ctx, *_through(made))
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> FloatingIp:
        project_id = owner(ctx, wanted)
        network = networks.get(session, ctx, wanted["floating_network_id"])
        if not network.external:
            raise roots.BadRequest(reason=f"Network {network.id} is not a valid external network")
        self._quotas.reserve(session, project_id, "floatingip")
        rows.lock(session, network.id)
        floating_ip_id = new_id()
        outer, address = _outer_port(session, network, floating_ip_id, wanted)
        floating = FloatingIp(
            id=floating_ip_id,
            project_id=project_id,
            description=wanted.get("description", ""),
            network_id=network.id,
            address=address,
            outer_port_id=outer.id,
        )
        floating.qos_policy_id = qos.chosen(session, ctx, wanted).get("qos_policy_id")
        session.add(floating)
        session.flush()
        rows.set_tags(session, floating_ip_id, wanted.get("tags", ()))
        if wanted.get("port_id"):
            self._lead(session, ctx, floating, wanted)
        return queries.get(session, ctx, floating_ip_id)

    def update(
        self, ctx: RequestContext, floating_ip_id: str, wanted: Mapping[str, Any]
    ) -> FloatingIp:
        """Lead a floating address to another port, or nowhere when port_id is null or missing.

        Raises FloatingIPNotFound, PortNotFound, and as `create`.
        """
        with self._database.transaction() as session:
            floating = queries.get(session, ctx, floating_ip_id)
            before = floating.router_id
            values = qos.chosen(session, ctx, wanted, floating.qos_policy_id)
            rows.change(floating, {**values, **named(wanted, ("description",))})
            if values and before:
                rows.advance_all(session, Router, [before])
            if wanted.get("port_id"):
                self._lead(session, ctx, floating, wanted)
            elif ("port_id" in wanted or not wanted) and floating.port_id is not None:
                _part(session, floating)
            session.flush()
            floating = queries.get(session, ctx, floating_ip_id)
            if before and before != floating.router_id:
                rows.advance_all(session, Router, [before])
        self._tell(ctx, *([(ROUTER, before)] if before else []), *_through([floating]))
        return floating

    def _lead(
        self,
        session: orm.Session,
        ctx: RequestContext,
        floating: FloatingIp,
        wanted: Mapping[str, Any],
    ) -> None:
        _check_unforwarded(session, floating)
        port = ports.get(session, ctx, wanted["port_id"])
        ports_input.check_own(ctx, port)
        fixed = choose(port, wanted.get("fixed_ip_address"))
        other = queries.leading_to(session, port.id, fixed.address, floating.network_id)
        if other is not None and other.id != floating.id:
            raise errors.FloatingIPPortAlreadyAssociated(
                address=floating.address,
                port_id=port.id,
                fixed=fixed.address,
                network_id=floating.network_id,
            )
        router_id = routers.between(session, floating.network_id, fixed.subnet_id)
        if router_id is None:
            raise errors.ExternalGatewayForFloatingIPNotFound(
                network_id=floating.network_id, subnet_id=fixed.subnet_id, port_id=port.id
            )
        values = {"port_id": port.id, "fixed_address": fixed.address, "router_id": router_id}
        rows.change(floating, {**values, "status": "ACTIVE"})
        session.flush()
        rows.advance_all(session, Router, [router_id])

    def delete(self, ctx: RequestContext, floating_ip_id: str) -> None:
        """Give an address back.  Raises FloatingIPNotFound."""
        with self._database.transaction() as session:
            floating = queries.get(session, ctx, floating_ip_id)
            _check_unforwarded(session, floating)
            changes = _through([floating])
            outer = session.get_one(Port, floating.outer_port_id)
            rows.advance_all(session, Router, [router_id for _, router_id in changes])
            rows.delete(session, floating)
            rows.delete(session, outer)
        self._tell(ctx, *changes)


def _check_unforwarded(session: orm.Session, floating: FloatingIp) -> None:
    if forwardings.of_address(session, floating.id):
        raise errors.FipInUseByPortForwarding(floating_ip_id=floating.id)


def choose(port: Port, wanted: str | None) -> Allocation:
    """Return the address of a port that a floating one is to lead to.  Raises BadRequest."""
    own = [one for one in port.allocations if ":" not in one.address]
    if wanted is not None:
        own = [one for one in own if one.address == wanted]
        if not own:
            raise roots.BadRequest(reason=f"Port {port.id} does not have fixed ip {wanted}")
    if not own:
        raise roots.BadRequest(
            reason=f"Cannot add floating IP to port {port.id} that has no fixed IPv4 addresses"
        )
    if len(own) > 1:
        raise roots.BadRequest(
            reason=f"Port {port.id} has multiple fixed IPv4 addresses. Must provide a specific "
            "IPv4 address when assigning a floating IP"
        )
    return own[0]


def _outer_port(
    session: orm.Session, network: Network, floating_ip_id: str, wanted: Mapping[str, Any]
) -> tuple[Port, str]:
    """Return a new port on the external network, and the address it got there."""
    port = Port(
        id=new_id(),
        project_id="",
        network_id=network.id,
        status="N/A",
        device_id=floating_ip_id,
        device_owner="network:floatingip",
        port_security_enabled=False,
    )
    ports.add(session, port)
    there = [one for one in subnets.of_network(session, network.id) if one.ip_version == 4]
    asked = {"subnet_id": wanted.get("subnet_id"), "ip_address": wanted.get("floating_ip_address")}
    given = {name: value for name, value in asked.items() if value}
    if given:
        assign(session, port, there, [given])
    else:
        addresses.take_lowest(session, port, there, 0)
    return port, addresses.held(session, port.id)[0].address


def _part(session: orm.Session, floating: FloatingIp) -> None:
    if floating.router_id:
        rows.advance_all(session, Router, [floating.router_id])
    none = {"port_id": None, "fixed_address": None, "router_id": None, "status": "DOWN"}
    rows.change(floating, none)


def _through(floating: Sequence[FloatingIp]) -> Changes:
    return [(ROUTER, one.router_id) for one in floating if one.router_id]
