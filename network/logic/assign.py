"""Which addresses a port gets, by what it asks for and what its network has."""

import ipaddress
from collections.abc import Mapping, Sequence

from sqlalchemy import orm

from network import errors
from network.db import addresses
from network.db.addresses import Address
from network.db.models import Allocation, Port, Subnet
from network.logic import ranges

MOST = 64


def assign(
    session: orm.Session,
    port: Port,
    subnets: Sequence[Subnet],
    asked: Sequence[Mapping[str, str]] | None,
) -> list[Allocation]:
    """Give the port its addresses and return them.

    subnets: those of its network, oldest first.  asked: `fixed_ips` as the API has it, each with
    a subnet_id, an ip_address or both; None for whatever there is, one of each family.
    Raises IpAddressGenerationFailure, IpAddressAlreadyAllocated, InvalidIpForNetwork,
    InvalidIpForSubnet, InvalidInput.
    """
    router = port.device_owner.startswith("network:router")
    if asked is None:
        made = _one_of_each(session, port, serving(subnets, port.device_owner))
    else:
        if len(asked) > MOST:
            raise errors.InvalidInput(reason=f"a port has at most {MOST} fixed_ips")
        made = [
            _as_asked(session, port, subnets, one, number, router=router)
            for number, one in enumerate(asked)
        ]
    if not router and asked != []:
        made += _automatic(session, port, subnets, made)
    orm.attributes.set_committed_value(port, "allocations", made)
    return made


def serving(subnets: Sequence[Subnet], device_owner: str) -> Sequence[Subnet]:
    """Return the subnets kept for an owner's ports, or those kept for nobody's.

    Source: Networking API v2.0, the attribute service_types of subnets.
    """
    kept = [one for one in subnets if device_owner and device_owner in one.service_types]
    return kept or [one for one in subnets if not one.service_types]


def _one_of_each(session: orm.Session, port: Port, subnets: Sequence[Subnet]) -> list[Allocation]:
    made: list[Allocation] = []
    for version in (4, 6):
        fitting = [s for s in subnets if s.ip_version == version and not s.automatic]
        if fitting:
            made.append(addresses.take_lowest(session, port, fitting, len(made)))
    return made


def _automatic(
    session: orm.Session, port: Port, subnets: Sequence[Subnet], held: Sequence[Allocation]
) -> list[Allocation]:
    """Note the addresses that the port's host makes for itself."""
    made: list[Allocation] = []
    there = {allocation.subnet_id for allocation in held}
    for subnet in subnets:
        if subnet.automatic and subnet.id not in there:
            own = ranges.from_mac(ipaddress.ip_network(subnet.cidr), port.mac_address)
            made.append(addresses.take(session, port, subnet, own, len(held) + len(made)))
    return made


def _as_asked(
    session: orm.Session,
    port: Port,
    subnets: Sequence[Subnet],
    one: Mapping[str, str],
    number: int,
    *,
    router: bool,
) -> Allocation:
    given = one.get("ip_address")
    found = ranges.address(given) if given else None
    subnet = _subnet(port, subnets, one.get("subnet_id"), found)
    if found is None and subnet.automatic and not router:
        found = ranges.from_mac(ipaddress.ip_network(subnet.cidr), port.mac_address)
    if found is None:
        return addresses.take_lowest(session, port, [subnet], number)
    check_inside(subnet, found)
    return addresses.take(session, port, subnet, found, number)


def _subnet(
    port: Port, subnets: Sequence[Subnet], subnet_id: str | None, found: Address | None
) -> Subnet:
    if subnet_id is not None:
        for subnet in subnets:
            if subnet.id == subnet_id:
                return subnet
        raise errors.InvalidInput(
            reason=f"subnet {subnet_id} is not on the port's network {port.network_id}"
        )
    if found is None:
        raise errors.InvalidInput(reason="a fixed IP needs a subnet_id or an ip_address")
    for subnet in subnets:
        if found in ipaddress.ip_network(subnet.cidr):
            return subnet
    raise errors.InvalidIpForNetwork(address=found)


def check_inside(subnet: Subnet, found: Address) -> None:
    """Return when a port can have the address.  Raises InvalidIpForSubnet."""
    net = ipaddress.ip_network(subnet.cidr)
    reserved = net.version == 4 and net.num_addresses > 2 and found in (net[0], net[-1])
    if found not in net or reserved:
        raise errors.InvalidIpForSubnet(address=found, subnet_id=subnet.id)
