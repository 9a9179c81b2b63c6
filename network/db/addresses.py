"""Which address a port gets: the lowest free one, or the one it asks for."""

import ipaddress
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from network import errors
from network.db.models import Allocation, Port, Subnet

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LARGEST = 2**63 - 1


def place_of(subnet: Subnet, address: Address) -> int | None:
    """Return the address's distance from the subnet's first one, None when that is too far."""
    place = int(address) - int(ipaddress.ip_network(subnet.cidr).network_address)
    return place if 0 <= place <= LARGEST else None


def pools(subnet: Subnet) -> list[tuple[int, int]]:
    """Return the pools' (first, last) places, in the order the subnet lists them."""
    base = int(ipaddress.ip_network(subnet.cidr).network_address)
    return [
        (
            int(ipaddress.ip_address(pool["start"])) - base,
            min(int(ipaddress.ip_address(pool["end"])) - base, LARGEST),
        )
        for pool in subnet.allocation_pools
    ]


def lowest_free(session: orm.Session, subnet: Subnet) -> Address | None:
    """Return the lowest address of the pools that no port holds, None when all are taken.

    A free address is a pool's first one or follows a taken one, so one query over the taken
    ones finds it.
    """
    base = ipaddress.ip_network(subnet.cidr).network_address
    for first, last in pools(subnet):
        taken = sa.select(Allocation.place).where(Allocation.subnet_id == subnet.id)
        following = sa.select((Allocation.place + 1).label("place")).where(
            Allocation.subnet_id == subnet.id, Allocation.place.between(first, last - 1)
        )
        start = sa.select(sa.literal(first, sa.BigInteger).label("place"))
        candidates = start.union_all(following).subquery()
        free = ~taken.where(Allocation.place == candidates.c.place).exists()
        place = session.scalar(sa.select(sa.func.min(candidates.c.place)).where(free))
        if place is not None:
            return base + int(place)
    return None


def take(
    session: orm.Session, port: Port, subnet: Subnet, address: Address, number: int
) -> Allocation:
    """Give the port an address; the caller has locked the network.

    Raises IpAddressAlreadyAllocated.
    """
    subnet_id = subnet.id
    allocation = Allocation(
        subnet_id=subnet_id,
        address=str(address),
        port_id=port.id,
        place=place_of(subnet, address),
        number=number,
    )
    session.add(allocation)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.IpAddressAlreadyAllocated(address=address, subnet_id=subnet_id) from error
    return allocation


def take_lowest(
    session: orm.Session, port: Port, subnets: Sequence[Subnet], number: int
) -> Allocation:
    """Give the port the lowest free address of the first subnet that has one.

    Raises IpAddressGenerationFailure naming the pools.
    """
    for subnet in subnets:
        address = lowest_free(session, subnet)
        if address is not None:
            return take(session, port, subnet, address, number)
    raise errors.IpAddressGenerationFailure(network_id=port.network_id, detail=_full(subnets))


def _full(subnets: Sequence[Subnet]) -> str:
    if not subnets:
        return "None of its subnets hands out such addresses."
    size = sum(last - first + 1 for subnet in subnets for first, last in pools(subnet))
    named = ", ".join(f"{subnet.cidr} ({subnet.id})" for subnet in subnets)
    return f"All {size} addresses in the allocation pools of {named} are taken."


def held(session: orm.Session, port_id: str) -> list[Allocation]:
    """Return a port's addresses in their order."""
    query = sa.select(Allocation).where(Allocation.port_id == port_id)
    return list(session.scalars(query.order_by(Allocation.number)))


def holder(session: orm.Session, subnet_id: str, address: str) -> Port | None:
    """Return the port that has an address."""
    query = (
        sa.select(Port)
        .join(Allocation, Allocation.port_id == Port.id)
        .where(Allocation.subnet_id == subnet_id, Allocation.address == address)
    )
    return session.scalars(query).one_or_none()


def release(session: orm.Session, port_id: str, subnet_id: str | None = None) -> bool:
    """Take a port's addresses back, all or those of one subnet; say whether there were any."""
    query = sa.select(Allocation).where(Allocation.port_id == port_id)
    if subnet_id is not None:
        query = query.where(Allocation.subnet_id == subnet_id)
    found = list(session.scalars(query))
    for allocation in found:
        session.delete(allocation)
    session.flush()
    return bool(found)
