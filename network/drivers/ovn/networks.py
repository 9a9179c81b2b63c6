"""Networks become logical switches; subnets become DHCP options."""

import hashlib
import ipaddress
import json
from collections.abc import Sequence

from network.drivers.base import NetworkSpec, SubnetSpec
from network.drivers.ovn.rows import NETWORK_ID, REVISION, Row, Rows, facts, held, switch_name

SUBNET = "cumulet:subnet:"  # + subnet id: the revision, also of subnets without DHCP
SUBNET_IDS = "neutron:subnet_ids"
LEASE_S = 43200
METADATA = "169.254.169.254/32"

SWITCH_CONFIG = {
    "mcast_snoop": "false",
    "mcast_flood_unregistered": "false",
    "vlan-passthru": "false",
}


def ensure_network(rows: Rows, spec: NetworkSpec) -> None:
    """A logical switch, and a localnet port where the network leaves the cloud."""
    switch = rows.ensure("Logical_Switch", switch_name(spec.network_id))
    wanted = {
        NETWORK_ID: spec.network_id,
        REVISION: str(spec.revision),
        "neutron:network_name": spec.name,
        "neutron:mtu": str(spec.mtu),
    }
    rows.merge(switch, "external_ids", wanted, ours="neutron:")
    rows.set(switch, other_config=SWITCH_CONFIG)
    name = f"provnet-{spec.network_id}"
    port = rows.get("Logical_Switch_Port", name)
    if spec.physical_network is None:
        if port is not None:
            switch.delvalue("ports", port)
        return
    if port is None:
        port = rows.insert("Logical_Switch_Port", name, name=name)
        switch.addvalue("ports", port)
    options = {
        "network_name": spec.physical_network,
        "mcast_flood": "false",
        "mcast_flood_reports": "true",
    }
    tag = [] if spec.vlan is None else [spec.vlan]
    rows.set(port, type="localnet", addresses=["unknown"], options=options, tag_request=tag)


def delete_network(rows: Rows, network_id: str) -> None:
    switch = rows.get("Logical_Switch", switch_name(network_id))
    if switch is not None:
        switch.delete()


def ensure_subnet(rows: Rows, spec: SubnetSpec) -> None:
    """The options that ports of the subnet are answered with, those there are already too."""
    switch = rows.ensure("Logical_Switch", switch_name(spec.network_id))
    switch.setkey("external_ids", f"{SUBNET}{spec.subnet_id}", str(spec.revision))
    options = v4_options(spec) if spec.ip_version == 4 else v6_options(spec)
    row = rows.get("DHCP_Options", spec.subnet_id)
    if options is None:
        if row is not None:
            row.delete()
        _release_own(rows, switch, spec)
        return
    if row is None:
        row = rows.insert("DHCP_Options", spec.subnet_id)
    own = {"subnet_id": spec.subnet_id, NETWORK_ID: spec.network_id, REVISION: str(spec.revision)}
    rows.set(row, cidr=spec.cidr, options=options, external_ids=own)
    column = dhcp_column(spec.ip_version)
    for port in held(switch, "ports"):
        known = facts(port)
        if spec.subnet_id not in known.get(SUBNET_IDS, "").split():
            continue
        chosen = port_options(rows, port.name, row, spec.ip_version)
        if chosen is not None and _answers(known):
            rows.set(port, **{column: [chosen]})


def _answers(known: dict[str, str]) -> bool:
    return "dhcp_disabled" not in known


def _release_own(rows: Rows, switch: Row, spec: SubnetSpec) -> None:
    """Remove the options that single ports of the subnet had for themselves."""
    for port in held(switch, "ports"):
        row = rows.get("DHCP_Options", own_key(port.name, spec.ip_version))
        if row is not None and spec.subnet_id in facts(port).get(SUBNET_IDS, "").split():
            row.delete()


def delete_subnet(rows: Rows, subnet_id: str) -> None:
    row = rows.get("DHCP_Options", subnet_id)
    if row is not None:
        row.delete()
    for switch in rows.all("Logical_Switch"):
        if f"{SUBNET}{subnet_id}" in facts(switch):
            switch.delkey("external_ids", f"{SUBNET}{subnet_id}")


def dhcp_column(ip_version: int) -> str:
    return "dhcpv4_options" if ip_version == 4 else "dhcpv6_options"


def dhcp_key(row: Row) -> str:
    """What options are found by: the subnet's id, or the port's and the family."""
    known = facts(row)
    return known.get("port_key") or known.get("subnet_id", "")


def own_key(port_id: str, ip_version: int) -> str:
    return f"{port_id}/{ip_version}"


def port_options(rows: Rows, port_id: str, subnet: Row, ip_version: int) -> Row | None:
    """The port's own options, brought up to date with its subnet's, or the subnet's."""
    own = rows.get("DHCP_Options", own_key(port_id, ip_version))
    if own is None:
        return subnet
    extra = json.loads(facts(own)["extra"])
    rows.set(own, cidr=subnet.cidr, options={**dict(subnet.options), **extra})
    return own


def v4_options(spec: SubnetSpec) -> dict[str, str] | None:
    """DHCPv4 options of a subnet, None when nobody answers there.

    Option 121 carries the way to the metadata address, the subnet's routes and the default
    route together, since clients that read it ignore option 3.
    Source: RFC 3442; ovn-nb(5), DHCP Options TABLE.
    """
    if not spec.enable_dhcp:
        return None
    server = spec.gateway or spec.metadata_address or first_host(spec.cidr)
    options = {
        "server_id": server,
        "server_mac": server_mac(spec.subnet_id),
        "lease_time": str(LEASE_S),
        "mtu": str(spec.mtu),
    }
    routes = [(METADATA, spec.metadata_address)] if spec.metadata_address else []
    routes += [(cidr, hop) for cidr, hop in spec.host_routes if cidr != METADATA or not routes]
    if spec.gateway:
        options["router"] = spec.gateway
        routes.append(("0.0.0.0/0", spec.gateway))
    if routes:
        options["classless_static_route"] = braced([f"{cidr},{hop}" for cidr, hop in routes])
    if servers := [address for address in spec.dns_servers if ":" not in address]:
        options["dns_server"] = braced(servers)
    return options


def v6_options(spec: SubnetSpec) -> dict[str, str] | None:
    """DHCPv6 options of a subnet, None when nobody answers there, as with SLAAC alone."""
    if not spec.enable_dhcp or not (spec.ipv6_address_mode or "").startswith("dhcpv6"):
        return None
    options = {"server_id": server_mac(spec.subnet_id)}
    if spec.ipv6_address_mode == "dhcpv6-stateless":
        options["dhcpv6_stateless"] = "true"
    if servers := [address for address in spec.dns_servers if ":" in address]:
        options["dns_server"] = braced(servers)
    return options


def braced(items: Sequence[str]) -> str:
    return "{" + ", ".join(items) + "}"


def first_host(cidr: str) -> str:
    return str(next(ipaddress.ip_network(cidr).hosts()))


def server_mac(subnet_id: str) -> str:
    """The address the answering server has, always the same for a subnet."""
    digest = hashlib.sha256(subnet_id.encode()).digest()
    return "fa:16:3e:" + ":".join(f"{byte:02x}" for byte in digest[:3])
