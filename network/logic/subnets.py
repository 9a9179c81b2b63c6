"""Subnets: made, changed and removed."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import addresses, networks, ports, routers, rows
from network.db import subnets as queries
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.models import Allocation, Network, Port, Subnet
from network.logic import cuts, metadata, ranges
from network.logic.base import Logic, named, owner
from network.rpc.contract import PORT, ROUTER, SUBNET, Changes

PLAIN = ("name", "description", "dns_nameservers", "enable_dhcp", "service_types")
MOST_ROUTES = 20
SERVICE_TYPES = ("network:", "compute:", "baremetal:", "trunk:")
MOST_SERVERS = 5


class Subnets(Logic):
    """What can be done with subnets."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Subnet]:
        """Return one page of the subnets the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, subnet_id: str) -> Subnet:
        """Return one subnet.  Raises SubnetNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, subnet_id)

    def create(self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]) -> Sequence[Subnet]:
        """Make all of the subnets or none.  Raises OverQuota, NetworkNotFound, InvalidInput..."""
        changes: Changes = []
        with self._database.transaction() as session:
            ids = []
            for one in wanted:
                subnet_id, more = self._create(session, ctx, one)
                ids.append(subnet_id)
                changes += more
            made = [queries.get(session, ctx, subnet_id) for subnet_id in ids]
        self._tell(ctx, *changes)
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> tuple[str, Changes]:
        network = networks.get_own(session, ctx, wanted["network_id"])
        project_id = owner(ctx, wanted) if _names_owner(wanted) else network.project_id
        self._quotas.reserve(session, project_id, "subnet")
        rows.lock(session, network.id)
        pool = cuts.choose(session, ctx, wanted)
        if pool is not None:
            wanted = {**wanted, "cidr": str(cuts.cut(session, pool, project_id, wanted))}
        subnet = build(network, project_id, wanted)
        subnet.subnetpool_id = pool.id if pool else None
        others = queries.of_network(session, network.id)
        cuts.check_affinity(subnet, others)
        check_overlap(subnet, others)
        session.add(subnet)
        session.flush()
        rows.set_tags(session, subnet.id, wanted.get("tags", ()))
        changes = [(SUBNET, subnet.id), *metadata.settle(session, network)]
        if subnet.automatic:
            changes += _address_hosts(session, network, subnet)
        return subnet.id, changes

    def update(self, ctx: RequestContext, subnet_id: str, wanted: Mapping[str, Any]) -> Subnet:
        """Change a subnet.  Raises SubnetNotFound, InvalidInput, GatewayIpInUse..."""
        with self._database.transaction() as session:
            subnet = queries.get_own(session, ctx, subnet_id)
            rows.lock(session, subnet.network_id)
            values = self._changed(session, subnet, wanted)
            gateway_before = subnet.gateway_ip
            rows.change(subnet, values)
            session.flush()
            network = networks.get(session, RequestContext.internal(), subnet.network_id)
            changes = [(SUBNET, subnet_id), *metadata.settle(session, network)]
            if subnet.gateway_ip != gateway_before:
                changes += _routers_beyond(session, network)
            session.flush()
            session.expire(subnet)
            subnet = queries.get(session, ctx, subnet_id)
        self._tell(ctx, *changes)
        return subnet

    def _changed(
        self, session: orm.Session, subnet: Subnet, wanted: Mapping[str, Any]
    ) -> dict[str, Any]:
        values = named(wanted, PLAIN)
        checked_types(values.get("service_types") or [])
        net = ipaddress.ip_network(subnet.cidr)
        _check_servers(values.get("dns_nameservers") or [])
        if "host_routes" in wanted:
            values["host_routes"] = _routes(wanted["host_routes"])
        current = None if subnet.gateway_ip is None else ranges.address(subnet.gateway_ip)
        gateway = ranges.gateway(net, wanted) if "gateway_ip" in wanted else current
        if gateway != current:
            _check_gateway_free(session, subnet)
            values["gateway_ip"] = None if gateway is None else str(gateway)
        if gateway != current or "allocation_pools" in wanted:
            pools = wanted.get("allocation_pools", subnet.allocation_pools)
            values["allocation_pools"] = ranges.checked_pools(net, pools, gateway)
        dhcp = values.get("enable_dhcp", subnet.enable_dhcp)
        ranges.check_modes(net, subnet.ipv6_ra_mode, subnet.ipv6_address_mode, dhcp=dhcp)
        return values

    def delete(self, ctx: RequestContext, subnet_id: str) -> None:
        """Remove a subnet.  Raises SubnetNotFound, SubnetInUse naming some of the ports."""
        with self._database.transaction() as session:
            subnet = queries.get_own(session, ctx, subnet_id)
            rows.lock(session, subnet.network_id)
            used = queries.ports_in_use(session, subnet)
            if used:
                raise errors.SubnetInUse(
                    subnet_id=subnet_id,
                    reason="One or more ports have an IP allocation from this subnet: "
                    + ", ".join(used),
                )
            internal = RequestContext.internal()
            network = networks.get(session, internal, subnet.network_id)
            held = sa.select(Allocation.port_id).where(Allocation.subnet_id == subnet_id)
            holders = list(session.scalars(held))
            rows.delete(session, subnet)
            rows.advance_all(session, Port, holders)
            own = metadata.settle(session, network)
        ports_changed = [(PORT, port_id) for port_id in holders]
        self._tell(ctx, (SUBNET, subnet_id), *own, *ports_changed)


def build(network: Network, project_id: str, wanted: Mapping[str, Any]) -> Subnet:
    """Return the subnet that a request asks for.  Raises InvalidInput and its relatives."""
    if not wanted.get("cidr"):
        raise errors.InvalidInput(reason="a subnet needs a cidr")
    net = ranges.cidr(wanted["cidr"], wanted.get("ip_version") or _version(wanted["cidr"]))
    gateway = ranges.gateway(net, wanted)
    pools = wanted.get("allocation_pools")
    dhcp = wanted.get("enable_dhcp", True)
    ra, mode = wanted.get("ipv6_ra_mode"), wanted.get("ipv6_address_mode")
    ranges.check_modes(net, ra, mode, dhcp=dhcp)
    _check_servers(wanted.get("dns_nameservers") or [])
    return Subnet(
        id=new_id(),
        project_id=project_id,
        network_id=network.id,
        name=wanted.get("name", ""),
        description=wanted.get("description", ""),
        ip_version=net.version,
        cidr=str(net),
        gateway_ip=None if gateway is None else str(gateway),
        enable_dhcp=dhcp,
        allocation_pools=ranges.checked_pools(net, pools, gateway)
        if pools
        else ranges.default_pools(net, gateway),
        dns_nameservers=list(wanted.get("dns_nameservers") or []),
        host_routes=_routes(wanted.get("host_routes") or []),
        ipv6_ra_mode=ra,
        ipv6_address_mode=mode,
        service_types=checked_types(wanted.get("service_types") or []),
    )


def checked_types(given: Sequence[str]) -> list[str]:
    """Return the owners of ports that a subnet is kept for.  Raises InvalidSubnetServiceType."""
    for owned in given:
        if not owned.startswith(SERVICE_TYPES):
            raise errors.InvalidSubnetServiceType(service_type=owned)
    return list(given)


def check_overlap(subnet: Subnet, others: Sequence[Subnet]) -> None:
    """Return when the range is free on the network.  Raises InvalidInput naming the other one."""
    net = ipaddress.ip_network(subnet.cidr)
    for other in others:
        if net.overlaps(ipaddress.ip_network(other.cidr)):
            raise errors.InvalidInput(
                reason=f"Requested subnet with cidr: {subnet.cidr} for network: "
                f"{subnet.network_id} overlaps with another subnet, {other.cidr} ({other.id})"
            )


def _names_owner(wanted: Mapping[str, Any]) -> bool:
    return bool(wanted.get("project_id") or wanted.get("tenant_id"))


def _version(cidr: str) -> int:
    return 6 if ":" in cidr else 4


def _routes(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    if len(given) > MOST_ROUTES:
        raise errors.InvalidInput(reason=f"a subnet has at most {MOST_ROUTES} host_routes")
    return ranges.checked_routes(given)


def _check_servers(given: Sequence[str]) -> None:
    if len(given) > MOST_SERVERS:
        raise errors.InvalidInput(reason=f"a subnet has at most {MOST_SERVERS} dns_nameservers")
    for server in given:
        ranges.address(server, "name server")
    if len(set(given)) != len(given):
        raise errors.InvalidInput(reason="dns_nameservers names one server twice")


def _check_gateway_free(session: orm.Session, subnet: Subnet) -> None:
    if subnet.gateway_ip is None:
        return
    port = addresses.holder(session, subnet.id, subnet.gateway_ip)
    if port is not None and port.device_owner == "network:router_interface":
        raise errors.GatewayIpInUse(address=subnet.gateway_ip, port_id=port.id)


def _address_hosts(session: orm.Session, network: Network, subnet: Subnet) -> Changes:
    """Give the ports there are the addresses that their hosts will make on a new subnet."""
    query = sa.select(Port).where(
        Port.network_id == network.id, Port.device_owner.not_in(ports.INTERNAL)
    )
    found = list(session.scalars(query))
    for port in found:
        number = len(addresses.held(session, port.id))
        made = ranges.from_mac(ipaddress.ip_network(subnet.cidr), port.mac_address)
        addresses.take(session, port, subnet, made, number)
        rows.advance(port)
    return [(PORT, port.id) for port in found]


def _routers_beyond(session: orm.Session, network: Network) -> Changes:
    """Advance the routers that have a leg on the network: their way out may have moved."""
    found = routers.on_networks(session, [network.id])
    return [(ROUTER, router_id) for router_id in found]
