"""Rows in, wanted states out: what the engine is told of each resource."""

import ipaddress
from collections.abc import Mapping, Sequence

from network.db.group_models import SecurityGroup, SecurityGroupRule
from network.db.models import Network, Port, Subnet
from network.db.ports import METADATA
from network.drivers.base import (
    NetworkSpec,
    PortSpec,
    RuleSpec,
    SecurityGroupSpec,
    SubnetSpec,
)


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


def port(row: Port, subnets: Mapping[str, Subnet]) -> PortSpec:
    """Return a port that is not a router's.  subnets: those of its addresses, by id."""
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
    )


def prefix_length(row: Subnet) -> int:
    """Return the number of bits that a subnet's addresses share."""
    return ipaddress.ip_network(row.cidr).prefixlen


def security_group(row: SecurityGroup, rules: Sequence[SecurityGroupRule]) -> SecurityGroupSpec:
    """Return a group with its rules."""
    return SecurityGroupSpec(
        security_group_id=row.id,
        revision=row.revision_number,
        stateful=row.stateful,
        rules=tuple(_rule(one) for one in rules),
    )


def _rule(row: SecurityGroupRule) -> RuleSpec:
    return RuleSpec(
        rule_id=row.id,
        direction=row.direction,
        ethertype=row.ethertype,
        protocol=row.protocol,
        port_min=row.port_range_min,
        port_max=row.port_range_max,
        remote_cidr=row.remote_ip_prefix,
        remote_group_id=row.remote_group_id,
    )
