"""Rows in, wanted states out: what the engine is told of each resource."""

import dataclasses
import ipaddress
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from network.db.address_group_models import AddressGroup
from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.db.models import Network, Port, Subnet
from network.db.ports import METADATA
from network.db.qos_models import QosRule
from network.db.router_models import FloatingIp, PortForwarding, Router
from network.db.routers import Leg
from network.drivers.base import (
    AddressGroupSpec,
    FloatingIpSpec,
    ForwardSpec,
    LimitSpec,
    NetworkSpec,
    PortSpec,
    RouterPortSpec,
    RouterSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)
from network.logic import rules


def network(row: Network) -> NetworkSpec:
    """Return a network's segment."""
    return NetworkSpec(
        network_id=row.id,
        revision=row.revision_number,
        name=row.name,
        mtu=row.mtu,
        physical_network=row.physical_network,
        vlan=row.segmentation_id if row.network_type == "vlan" else None,
    )


def subnet(row: Subnet, mtu: int, metadata: Port | None) -> SubnetSpec:
    """Return a subnet's DHCP.  metadata: the network's own port, with its addresses."""
    held = metadata.allocations if metadata else []
    own = [one.address for one in held if one.subnet_id == row.id]
    return SubnetSpec(
        subnet_id=row.id,
        network_id=row.network_id,
        revision=row.revision_number,
        cidr=row.cidr,
        gateway=row.gateway_ip,
        enable_dhcp=row.enable_dhcp,
        mtu=mtu,
        dns_servers=tuple(row.dns_nameservers),
        host_routes=tuple((one["destination"], one["nexthop"]) for one in row.host_routes),
        metadata_address=own[0] if own else None,
        ipv6_address_mode=row.ipv6_address_mode,
        ipv6_ra_mode=row.ipv6_ra_mode,
    )


def port(
    row: Port,
    subnets: Mapping[str, Subnet],
    held: Sequence[QosRule] = (),
    parent: tuple[str, int] | None = None,
) -> PortSpec:
    """Return a port that is not a router's.

    subnets: those of its addresses, by id.  held: the rules of its policy, or its network's.
    parent: the port of the trunk that it is inside, and its VLAN there.
    """
    return PortSpec(
        port_id=row.id,
        network_id=row.network_id,
        revision=row.revision_number,
        name=row.name,
        mac=row.mac_address,
        project_id=row.project_id,
        device_id=row.device_id,
        device_owner=row.device_owner,
        admin_state_up=row.admin_state_up,
        port_security=row.port_security_enabled,
        distributed=row.device_owner == METADATA,
        host=row.host or None,
        fixed_ips=tuple(
            (one.subnet_id, one.address, prefix_length(subnets[one.subnet_id]))
            for one in row.allocations
        ),
        security_group_ids=tuple(one.security_group_id for one in row.groups),
        allowed_pairs=tuple(
            (pair.get("mac_address", row.mac_address), pair["ip_address"])
            for pair in row.allowed_address_pairs
        ),
        dhcp_options=tuple(
            (one["opt_name"], one["opt_value"], one["ip_version"]) for one in row.extra_dhcp_opts
        ),
        limits=limits(held),
        parent=parent,
        min_kbps=next((one.min_kbps for one in held if one.kind == "minimum_bandwidth"), None),
    )


def limits(held: Sequence[QosRule]) -> tuple[LimitSpec, ...]:
    """Return what a policy's rules hold each direction to."""
    found: dict[str, LimitSpec] = {}
    for rule in held:
        before = found.get(rule.direction, LimitSpec(rule.direction))
        if rule.kind == "bandwidth_limit":
            found[rule.direction] = dataclasses.replace(
                before, max_kbps=rule.max_kbps, burst_kbps=rule.max_burst_kbps
            )
        elif rule.kind == "dscp_marking":
            found[rule.direction] = dataclasses.replace(before, dscp=rule.dscp_mark)
    return tuple(found.values())


def prefix_length(row: Subnet) -> int:
    """Return the number of bits that a subnet's addresses share."""
    return ipaddress.ip_network(row.cidr).prefixlen


def security_group(row: SecurityGroup, held: Sequence[SecurityGroupRule]) -> SecurityGroupSpec:
    """Return a group with its rules."""
    return SecurityGroupSpec(
        security_group_id=row.id,
        revision=row.revision_number,
        stateful=row.stateful,
        rules=tuple(_rule(one) for one in held),
    )


def address_group(row: AddressGroup) -> AddressGroupSpec:
    """Return an address group."""
    return AddressGroupSpec(row.id, row.revision_number, tuple(row.addresses))


def _rule(row: SecurityGroupRule) -> RuleSpec:
    return RuleSpec(
        rule_id=row.id,
        direction=row.direction,
        ethertype=row.ethertype,
        protocol=row.protocol,
        port_min=row.port_range_min,
        port_max=row.port_range_max,
        remote_cidr=rules.normalized(row.remote_ip_prefix),
        remote_group_id=row.remote_group_id,
        remote_address_group_id=row.remote_address_group_id,
    )


def router(
    row: Router,
    inner: Sequence[Port],
    outer: Port | None,
    legs: Sequence[Leg],
    floating: Sequence[FloatingIp],
    held: Mapping[str, Sequence[QosRule]] = MappingProxyType({}),
    forwards: Sequence[tuple[str, PortForwarding]] = (),
) -> RouterSpec:
    """Return a router whole.

    inner: its ports, with addresses and network.  outer: its gateway port, so too.
    legs: where all of them are.  floating: the addresses that lead through it, with their ports.
    held: the rules of the policies that it and they name, by policy.  forwards: single ports
    that lead through it, with their outer addresses.
    """
    subnets = {leg.subnet.id: leg.subnet for leg in legs}
    beyond = [subnets[one.subnet_id] for one in outer.allocations] if outer else []
    return RouterSpec(
        router_id=row.id,
        revision=row.revision_number,
        name=row.name,
        admin_state_up=row.admin_state_up,
        distributed=row.distributed,
        ports=tuple(_router_port(port, subnets) for port in inner),
        gateway=_router_port(outer, subnets) if outer else None,
        next_hops=tuple(one.gateway_ip for one in beyond if one.gateway_ip),
        snat=_hidden(inner, outer, subnets) if row.enable_snat else (),
        routes=tuple((one["destination"], one["nexthop"]) for one in row.routes),
        floating_ips=tuple(
            _floating(one, limits(held.get(one.qos_policy_id or "", ())))
            for one in floating
            if one.port_id is not None
        ),
        forwards=tuple(
            ForwardSpec(
                one.protocol,
                outer_address,
                one.external_port,
                one.internal_address,
                one.internal_port,
            )
            for outer_address, one in forwards
        ),
        limits=limits(held.get(row.gateway_qos_policy_id or "", ())),
    )


def _router_port(row: Port, subnets: Mapping[str, Subnet]) -> RouterPortSpec:
    there = [subnets[one.subnet_id] for one in row.allocations]
    modes = [one.ipv6_ra_mode for one in there if one.ipv6_ra_mode]
    return RouterPortSpec(
        port_id=row.id,
        network_id=row.network_id,
        mac=row.mac_address,
        addresses=tuple(
            f"{one.address}/{prefix_length(subnets[one.subnet_id])}" for one in row.allocations
        ),
        mtu=row.network.mtu,
        ra_mode=modes[0] if modes else None,
    )


def _hidden(
    inner: Sequence[Port], outer: Port | None, subnets: Mapping[str, Subnet]
) -> tuple[tuple[str, str], ...]:
    """Return the (inside CIDR, outside address) pairs of source NAT.

    It is for IPv4, and not between subnets of one address scope.
    """
    outside = [one.address for one in outer.allocations if ":" not in one.address] if outer else []
    if not outside:
        return ()
    beyond = {scope_of(subnets[one.subnet_id]) for one in outer.allocations} if outer else set()
    inside = [subnets[one.subnet_id] for port in inner for one in port.allocations]
    return tuple(
        (one.cidr, outside[0])
        for one in inside
        if one.ip_version == 4 and (scope_of(one) is None or scope_of(one) not in beyond)
    )


def scope_of(row: Subnet) -> str | None:
    """Return the address scope of a subnet's pool."""
    return row.pool.address_scope_id if row.pool else None


def _floating(row: FloatingIp, held: tuple[LimitSpec, ...]) -> FloatingIpSpec:
    return FloatingIpSpec(
        floating_ip_id=row.id,
        floating_address=row.address,
        fixed_address=row.fixed_address or "",
        port_id=row.port_id or "",
        port_mac=row.port.mac_address if row.port else "",
        outer_mac=row.outer_port.mac_address if row.outer_port else "",
        limits=held,
    )
