"""Port forwardings: single ports of a floating address, led to ports inside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.context import RequestContext
from network import errors
from network.db import floating_ips, ports, routers, rows
from network.db import forwardings as queries
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Port
from network.db.router_models import FloatingIp, PortForwarding, Router
from network.logic import ports_input
from network.logic.base import Logic
from network.rpc.contract import ROUTER, Changes

NAMES = {
    "protocol": "protocol",
    "external_port": "external_port",
    "internal_port": "internal_port",
    "internal_port_id": "internal_port_id",
    "internal_ip_address": "internal_address",
    "description": "description",
}


class PortForwardings(Logic):
    """What can be done with the port forwardings of a floating address."""

    def list(
        self, ctx: RequestContext, floating_ip_id: str, wanted: Wanted
    ) -> list[PortForwarding]:
        """Return one page of an address's forwardings.  Raises FloatingIPNotFound."""
        with self._database.reading() as session:
            floating_ips.get(session, ctx, floating_ip_id)
            own = PortForwarding.floating_ip_id == floating_ip_id
            return queries.LISTING.fetch(session, own, wanted)

    def get(self, ctx: RequestContext, floating_ip_id: str, row_id: str) -> PortForwarding:
        """Return one forwarding.  Raises FloatingIPNotFound, PortForwardingNotFound."""
        with self._database.reading() as session:
            floating_ips.get(session, ctx, floating_ip_id)
            return queries.get(session, floating_ip_id, row_id)

    def create(
        self, ctx: RequestContext, floating_ip_id: str, wanted: Sequence[Mapping[str, Any]]
    ) -> Sequence[PortForwarding]:
        """Make all of the forwardings or none.

        Raises FloatingIPNotFound, PortNotFound, FloatingIpInUse, PortHasFloatingIp, BadRequest,
        ExternalGatewayForFloatingIPNotFound.
        """
        with self._database.transaction() as session:
            floating = _free(session, ctx, floating_ip_id)
            made = []
            for one in wanted:
                row = PortForwarding(
                    id=new_id(), project_id=floating.project_id, floating_ip_id=floating_ip_id
                )
                _fill(session, ctx, floating, row, one)
                session.add(row)
                _keep(session, floating.address)
                made.append(row)
            changes = _through(session, floating)
        self._tell(ctx, *changes)
        return made

    def update(
        self, ctx: RequestContext, floating_ip_id: str, row_id: str, wanted: Mapping[str, Any]
    ) -> PortForwarding:
        """Lead a forwarding elsewhere.  Raises PortForwardingNotFound, and as `create`."""
        with self._database.transaction() as session:
            floating = _free(session, ctx, floating_ip_id)
            row = queries.get(session, floating_ip_id, row_id)
            _fill(session, ctx, floating, row, wanted)
            rows.advance(row)
            _keep(session, floating.address)
            changes = _through(session, floating)
        self._tell(ctx, *changes)
        return row

    def delete(self, ctx: RequestContext, floating_ip_id: str, row_id: str) -> None:
        """Remove a forwarding.  Raises FloatingIPNotFound, PortForwardingNotFound."""
        with self._database.transaction() as session:
            floating = floating_ips.get(session, ctx, floating_ip_id)
            session.delete(queries.get(session, floating_ip_id, row_id))
            session.flush()
            changes = _through(session, floating)
            leave_idle(session, floating)
        self._tell(ctx, *changes)


def _free(session: orm.Session, ctx: RequestContext, floating_ip_id: str) -> FloatingIp:
    """Return a floating address that as a whole leads nowhere.  Raises FloatingIpInUse."""
    floating = floating_ips.get(session, ctx, floating_ip_id)
    rows.lock(session, floating_ip_id)
    if floating.port_id is not None:
        raise errors.FloatingIpInUse(floating_ip_id=floating_ip_id, port_id=floating.port_id)
    return floating


def _fill(
    session: orm.Session,
    ctx: RequestContext,
    floating: FloatingIp,
    row: PortForwarding,
    wanted: Mapping[str, Any],
) -> None:
    """Set what a request says, and the router that leads there."""
    for attribute, column in NAMES.items():
        if attribute in wanted:
            setattr(row, column, wanted[attribute])
    if "internal_port_id" in wanted and "internal_ip_address" not in wanted:
        row.internal_address = ""
    with session.no_autoflush:
        port = ports.get(session, ctx, row.internal_port_id)
        ports_input.check_own(ctx, port)
        subnet_id = _subnet_of(port, row)
        _check_not_floating(session, port, row.internal_address)
        router_id = routers.between(session, floating.network_id, subnet_id)
    if router_id is None:
        raise errors.ExternalGatewayForFloatingIPNotFound(
            network_id=floating.network_id, subnet_id=subnet_id, port_id=port.id
        )
    if floating.router_id not in (None, router_id):
        raise roots.BadRequest(
            reason=f"floating IP {floating.address} leads through router {floating.router_id}, "
            f"and port {port.id} is behind {router_id}"
        )
    floating.router_id, floating.status = router_id, "ACTIVE"


def _subnet_of(port: Port, row: PortForwarding) -> str:
    """Return the subnet of the inner address, the port's only one when none was named."""
    own = [one for one in port.allocations if ":" not in one.address]
    if not row.internal_address and len(own) == 1:
        row.internal_address = own[0].address
    for one in own:
        if one.address == row.internal_address:
            return one.subnet_id
    raise roots.BadRequest(
        reason=f"port {port.id} has no fixed IPv4 address {row.internal_address or 'to choose'}; "
        f"it has {', '.join(one.address for one in own) or 'none'}"
    )


def _check_not_floating(session: orm.Session, port: Port, address: str) -> None:
    query = sa.select(FloatingIp.id).where(
        FloatingIp.port_id == port.id, FloatingIp.fixed_address == address
    )
    found = session.scalar(query.limit(1))
    if found is not None:
        raise errors.PortHasFloatingIp(port_id=port.id, address=address, floating_ip_id=found)


def _keep(session: orm.Session, address: str) -> None:
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise roots.BadRequest(
            reason=f"a port forwarding of {address} has this protocol and external port, or one "
            "leads to this internal address and port already"
        ) from error


def _through(session: orm.Session, floating: FloatingIp) -> Changes:
    rows.advance(floating)
    if floating.router_id is None:
        return []
    rows.advance_all(session, Router, [floating.router_id])
    return [(ROUTER, floating.router_id)]


def leave_idle(session: orm.Session, floating: FloatingIp) -> None:
    """Let an address whose last forwarding has gone lead through no router."""
    session.flush()
    if floating.port_id is None and not queries.of_address(session, floating.id):
        floating.router_id, floating.status = None, "DOWN"
        session.flush()


def release(session: orm.Session, port_id: str, kept: Collection[str] = ()) -> Changes:
    """Remove the forwardings to a port's addresses that are going.

    kept: the addresses that stay.  Returns the routers that forget them.
    """
    changes: Changes = []
    gone = [one for one in queries.to_port(session, port_id) if one.internal_address not in kept]
    for row in gone:
        floating = session.get_one(FloatingIp, row.floating_ip_id)
        session.delete(row)
        session.flush()
        changes += _through(session, floating)
        leave_idle(session, floating)
    return changes
