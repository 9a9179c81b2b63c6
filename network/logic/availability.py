"""How many addresses of networks are used."""

import ipaddress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db.models import Allocation, Network, Subnet
from network.logic.base import Logic


class Availability(Logic):
    """What can be known of the use of addresses."""

    def list(self, ctx: RequestContext, network_id: str | None = None) -> list[dict[str, Any]]:
        """Return the use of all networks, or of one.  Raises NetworkNotFound."""
        query = sa.select(Network).options(orm.selectinload(Network.subnets))
        if network_id is not None:
            query = query.where(Network.id == network_id)
        with self._database.reading() as session:
            found = list(session.scalars(query.order_by(Network.created_at, Network.id)))
            if network_id is not None and not found:
                raise errors.NetworkNotFound(network_id=network_id)
            used = dict(
                session.execute(
                    sa.select(Allocation.subnet_id, sa.func.count()).group_by(Allocation.subnet_id)
                ).all()
            )
        return [_of_network(network, used) for network in found]


def _of_network(network: Network, used: dict[str, int]) -> dict[str, Any]:
    each = [
        {
            "subnet_id": subnet.id,
            "subnet_name": subnet.name,
            "ip_version": subnet.ip_version,
            "cidr": subnet.cidr,
            "total_ips": total(subnet),
            "used_ips": used.get(subnet.id, 0),
        }
        for subnet in network.subnets
    ]
    return {
        "network_id": network.id,
        "network_name": network.name,
        "project_id": network.project_id,
        "tenant_id": network.project_id,
        "subnet_ip_availability": each,
        "total_ips": sum(one["total_ips"] for one in each),
        "used_ips": sum(one["used_ips"] for one in each),
    }


def total(subnet: Subnet) -> int:
    """Return how many addresses a subnet's pools hold."""
    return sum(
        int(ipaddress.ip_address(pool["end"])) - int(ipaddress.ip_address(pool["start"])) + 1
        for pool in subnet.allocation_pools
    )
