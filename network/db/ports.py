"""Questions about ports."""

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from common.context import RequestContext
from network import errors
from network.db.lists import Listing, columns
from network.db.models import Allocation, Network, Port, PortGroup
from network.db.trunk_models import SubPort, Trunk

DETAILS = (
    orm.selectinload(Port.allocations),
    orm.selectinload(Port.groups),
    orm.selectinload(Port.tags),
    orm.selectinload(Port.network),
    orm.selectinload(Port.trunk).selectinload(Trunk.sub_ports).joinedload(SubPort.port),
)
METADATA = "network:distributed"
INTERFACE = "network:router_interface"
ROUTER_OWNED = (INTERFACE, "network:router_gateway")
INTERNAL = (*ROUTER_OWNED, "network:floatingip", METADATA)


def _by_address(values: Sequence[str]) -> Any:
    """Return the condition of `fixed_ips=ip_address=..`, `subnet_id=..`, `ip_address_substr=..`."""
    subnets: list[str] = []
    addresses: list[str] = []
    parts: list[str] = []
    for value in values:
        key, _, wanted = value.partition("=")
        {"subnet_id": subnets, "ip_address": addresses}.get(key, parts).append(wanted)
    query = sa.select(Allocation.port_id)
    if subnets:
        query = query.where(Allocation.subnet_id.in_(subnets))
    if addresses:
        query = query.where(Allocation.address.in_(addresses))
    if parts:
        query = query.where(sa.or_(*(Allocation.address.contains(part) for part in parts)))
    return Port.id.in_(query)


def _by_group(ids: Sequence[str]) -> Any:
    return Port.id.in_(sa.select(PortGroup.port_id).where(PortGroup.security_group_id.in_(ids)))


LISTING = Listing(
    Port,
    columns(
        Port,
        "name network_id mac_address admin_state_up status device_id device_owner "
        "port_security_enabled",
        **{"binding:host_id": Port.host, "binding:vnic_type": Port.vnic_type},
    ),
    {"fixed_ips": _by_address, "security_groups": _by_group},
    DETAILS,
)


def visible(ctx: RequestContext) -> Any:
    """Return the condition that the caller may know of a port: its own, or on its own network."""
    if ctx.is_admin:
        return sa.true()
    if not ctx.project_id:  # the cloud's own ports are no project's
        return sa.false()
    project_id = ctx.project_id
    networks = sa.select(Network.id).where(Network.project_id == project_id)
    return sa.or_(Port.project_id == project_id, Port.network_id.in_(networks))


def get(session: orm.Session, ctx: RequestContext, port_id: str) -> Port:
    """Return a port the caller may see, with addresses, groups and tags.  Raises PortNotFound."""
    port = find(session, port_id, visible(ctx))
    if port is None:
        raise errors.PortNotFound(port_id=port_id)
    return port


def find(session: orm.Session, port_id: str, *conditions: Any) -> Port | None:
    """Return a port with its details, or None."""
    query = sa.select(Port).where(Port.id == port_id, *conditions).options(*DETAILS)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def add(session: orm.Session, port: Port, group_ids: Iterable[str] = ()) -> None:
    """Keep a new port; the caller has locked its network.

    Raises MacAddressInUse when its MAC was given and is taken.
    """
    given = port.mac_address
    mac = given or new_mac()
    while mac_taken(session, port.network_id, mac):
        if given:
            raise errors.MacAddressInUse(mac=mac, network_id=port.network_id)
        mac = new_mac()
    port.mac_address = mac
    members = [
        PortGroup(port_id=port.id, security_group_id=group_id) for group_id in sorted(group_ids)
    ]
    session.add(port)
    session.flush()
    session.add_all(members)
    orm.attributes.set_committed_value(port, "groups", members)
    orm.attributes.set_committed_value(port, "tags", [])
    orm.attributes.set_committed_value(port, "trunk", None)
    network = session.get(Network, port.network_id)
    orm.attributes.set_committed_value(port, "network", network)


def mac_taken(session: orm.Session, network_id: str, mac: str) -> bool:
    """Say whether a port of the network has the MAC."""
    query = sa.select(Port.id).where(Port.network_id == network_id, Port.mac_address == mac)
    return session.scalar(query) is not None


def new_mac() -> str:
    """Return a random address of the range that OpenStack clouds use."""
    return "fa:16:3e:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(3))


def set_groups(session: orm.Session, port_id: str, group_ids: Iterable[str]) -> None:
    """Make the port a member of these groups only."""
    session.execute(sa.delete(PortGroup).where(PortGroup.port_id == port_id))
    session.add_all(
        PortGroup(port_id=port_id, security_group_id=group_id) for group_id in set(group_ids)
    )
    session.flush()


def metadata_port(session: orm.Session, network_id: str) -> Port | None:
    """Return the network's own port, with its details."""
    query = sa.select(Port).where(Port.network_id == network_id, Port.device_owner == METADATA)
    return session.scalars(query.options(*DETAILS)).one_or_none()


def record_status(session: orm.Session, port_id: str, status: str) -> Port | None:
    """Note that a port came up or went down; return it when that is news."""
    change = sa.update(Port).where(Port.id == port_id, Port.status != status).values(status=status)
    return session.get(Port, port_id) if db.matched(session, change) else None
