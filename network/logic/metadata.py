"""A network's own port, which stands for the metadata service in each of its DHCP subnets."""

from collections.abc import Sequence

from sqlalchemy import orm

from network import errors
from network.db import addresses, ports, rows, subnets
from network.db.base import new_id
from network.db.models import Network, Port, Subnet
from network.rpc.contract import PORT, SUBNET, Change


def settle(session: orm.Session, network: Network) -> list[Change]:
    """Make the own port hold one address in each IPv4 subnet with DHCP, or not exist.

    Returns what the controller has to look at.  A subnet without a free address goes without.
    """
    there = subnets.of_network(session, network.id)
    port = ports.metadata_port(session, network.id)
    if not there:
        return _remove(session, port)
    served = [subnet for subnet in there if subnet.ip_version == 4 and subnet.enable_dhcp]
    if port is None:
        if not served:
            return []
        port = _make(session, network)
    changed = _readdress(session, port, there, served)
    if not changed:
        return []
    rows.advance(port)
    rows.advance_all(session, Subnet, changed)
    return [(PORT, port.id), *((SUBNET, subnet_id) for subnet_id in changed)]


def _remove(session: orm.Session, port: Port | None) -> list[Change]:
    if port is None:
        return []
    rows.delete(session, port)
    return [(PORT, port.id)]


def _make(session: orm.Session, network: Network) -> Port:
    port = Port(
        id=new_id(),
        project_id=network.project_id,
        network_id=network.id,
        device_id=f"ovnmeta-{network.id}",
        device_owner=ports.METADATA,
        port_security_enabled=False,
    )
    ports.add(session, port)
    return port


def _readdress(
    session: orm.Session, port: Port, there: Sequence[Subnet], served: Sequence[Subnet]
) -> list[str]:
    """Take and give back addresses; return the ids of the subnets where that changed."""
    held = {allocation.subnet_id for allocation in addresses.held(session, port.id)}
    wanted = {subnet.id for subnet in served}
    changed = [subnet.id for subnet in there if subnet.id in held - wanted]
    for subnet_id in changed:
        addresses.release(session, port.id, subnet_id)
    for number, subnet in enumerate(served):
        if subnet.id in held:
            continue
        try:
            addresses.take_lowest(session, port, [subnet], number)
        except errors.IpAddressGenerationFailure:
            continue
        changed.append(subnet.id)
    return changed
