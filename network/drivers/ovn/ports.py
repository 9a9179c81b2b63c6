"""Ports become logical switch ports, named by the port's id: the switch's interface has it too."""

import ipaddress
import json
import re

from network.drivers.base import PortSpec
from network.drivers.ovn import networks, qos, virtual
from network.drivers.ovn.rows import (
    DROP_GROUP,
    NETWORK_ID,
    REVISION,
    Row,
    Rows,
    facts,
    group_name,
    switch_name,
)

GROUPS = "neutron:security_group_ids"
DROPPED = "cumulet:dropped"

# Names of extra_dhcp_opts (dnsmasq's) that OVN calls otherwise.
# Source: dnsmasq --help dhcp; ovn-nb(5), DHCP Options TABLE.
OPTION_NAMES = {
    "dns-server": "dns_server",
    "dns-servers": "dns_server",
    "ntp-server": "ntp_server",
    "domain-name": "domain_name",
    "domain-search": "domain_search_list",
    "tftp-server": "tftp_server",
    "server-ip-address": "tftp_server_address",
    "tftp-server-address": "tftp_server_address",
    "bootfile-name": "bootfile_name",
    "bootfile": "bootfile_name",
    "classless-static-route": "classless_static_route",
    "lease-time": "lease_time",
    "netmask": "netmask",
    "router": "router",
    "mtu": "mtu",
}
NUMBERS = {
    "3": "router",
    "6": "dns_server",
    "15": "domain_name",
    "26": "mtu",
    "42": "ntp_server",
    "51": "lease_time",
    "66": "tftp_server",
    "67": "bootfile_name",
    "119": "domain_search_list",
    "121": "classless_static_route",
    "150": "tftp_server_address",
}
WORDS = re.compile(r"[A-Za-z0-9 _.,:;/+@=~?&-]+")
PUNCTUATED = re.compile(r"\{?[0-9a-fA-F:., /]+\}?")
QUOTED = {"domain_name", "tftp_server", "bootfile_name", "domain_search_list"}


def ensure_port(rows: Rows, spec: PortSpec) -> None:
    """The port, its place in the groups, and the options it is answered with."""
    switch = rows.ensure("Logical_Switch", switch_name(spec.network_id))
    port = rows.get("Logical_Switch_Port", spec.port_id)
    if port is not None and facts(port).get(NETWORK_ID) not in (None, spec.network_id):
        delete_port(rows, spec.port_id)
        port = None
    if port is None:
        port = rows.insert("Logical_Switch_Port", spec.port_id, name=spec.port_id)
        switch.addvalue("ports", port)
    _join_groups(rows, port, spec)
    _choose_options(rows, port, spec)
    rows.set(
        port,
        addresses=addresses(spec),
        port_security=allowed_sources(spec),
        enabled=[spec.admin_state_up],
        external_ids=identity(spec),
        parent_name=[spec.parent[0]] if spec.parent else [],
        tag_request=[spec.parent[1]] if spec.parent else [],
    )
    qos.ensure(rows, switch, spec.port_id, qos.of_port(spec.port_id, spec.limits))
    if spec.distributed:
        rows.set(port, type="localport", options={})
    else:
        chassis = {"requested-chassis": spec.host} if spec.host else {}
        if spec.min_kbps:
            chassis["qos_min_rate"] = str(spec.min_kbps * 1000)
        kept = {k: v for k, v in virtual.options(port).items() if k.startswith("virtual-")}
        rows.set(port, options={**kept, **chassis})
    if spec.allowed_pairs:
        switch.setkey("external_ids", virtual.MARK, "true")
    if spec.allowed_pairs or virtual.MARK in facts(switch):
        virtual.follow(rows, switch)


def delete_port(rows: Rows, port_id: str) -> None:
    port = rows.get("Logical_Switch_Port", port_id)
    if port is None:
        return
    for ip_version in (4, 6):
        own = rows.get("DHCP_Options", networks.own_key(port_id, ip_version))
        if own is not None:
            own.delete()
    switch = rows.get("Logical_Switch", switch_name(facts(port).get(NETWORK_ID, "")))
    if switch is not None:
        qos.ensure(rows, switch, port_id, {})
        switch.delvalue("ports", port)


def protected(spec: PortSpec) -> bool:
    """Whether only what security groups allow gets through; the cloud's own ports are trusted."""
    own = spec.distributed or spec.device_owner.startswith("network:")
    return spec.port_security and not own


def addresses(spec: PortSpec) -> list[str]:
    """The MAC with its addresses; without port security whatever else the port sends, too."""
    known = " ".join([spec.mac, *(address for _, address, _ in spec.fixed_ips)])
    return [known] if spec.port_security or spec.distributed else [known, "unknown"]


def allowed_sources(spec: PortSpec) -> list[str]:
    """What the port may send from: one entry a MAC, with the addresses that go with it."""
    if not protected(spec):
        return []
    by_mac = {spec.mac: [address for _, address, _ in spec.fixed_ips]}
    for mac, address in spec.allowed_pairs:
        by_mac.setdefault((mac or spec.mac).lower(), []).append(address)
    return [" ".join([mac, *dict.fromkeys(own)]) for mac, own in by_mac.items()]


def identity(spec: PortSpec) -> dict[str, str]:
    """What others learn about the port: the metadata proxy, the comparison, and these modules."""
    known = {
        REVISION: str(spec.revision),
        NETWORK_ID: spec.network_id,
        networks.SUBNET_IDS: " ".join(dict.fromkeys(subnet for subnet, _, _ in spec.fixed_ips)),
        "neutron:port_name": spec.name,
        "neutron:project_id": spec.project_id,
        "neutron:device_id": spec.device_id,
        "neutron:device_owner": spec.device_owner,
        "neutron:cidrs": " ".join(f"{address}/{length}" for _, address, length in spec.fixed_ips),
        GROUPS: " ".join(spec.security_group_ids),
        virtual.PAIRS: " ".join(address.partition("/")[0] for _, address in spec.allowed_pairs),
    }
    if protected(spec):
        known[DROPPED] = "true"
    if disabled(spec):
        known["dhcp_disabled"] = "true"
    return known


def disabled(spec: PortSpec) -> bool:
    return any(
        name == "dhcp_disabled" and value.lower() == "true" for name, value, _ in spec.dhcp_options
    )


def memberships(known: dict[str, str]) -> set[str]:
    """The port groups a port with these external ids is in."""
    dropped = {DROP_GROUP} if DROPPED in known else set()
    return dropped | {group_name(group_id) for group_id in known.get(GROUPS, "").split()}


def _join_groups(rows: Rows, port: Row, spec: PortSpec) -> None:
    there, wanted = memberships(facts(port)), memberships(identity(spec))
    for name in there - wanted:
        group = rows.get("Port_Group", name)
        if group is not None:
            group.delvalue("ports", port)
    for name in sorted(wanted - there):
        rows.ensure("Port_Group", name).addvalue("ports", port)


def _choose_options(rows: Rows, port: Row, spec: PortSpec) -> None:
    """Point the port to its subnets' options, or to its own when it has extra ones."""
    for ip_version in (4, 6):
        extra = translated(spec, ip_version)
        key = networks.own_key(spec.port_id, ip_version)
        own = rows.get("DHCP_Options", key)
        subnets = [
            row
            for subnet_id, address, _ in spec.fixed_ips
            if (":" in address) == (ip_version == 6)
            and (row := rows.get("DHCP_Options", subnet_id)) is not None
        ]
        wanted = subnets[:1] if not (spec.distributed or disabled(spec)) else []
        if not extra or not wanted:
            if own is not None:
                own.delete()
        else:
            if own is None:
                own = rows.insert("DHCP_Options", key, cidr=wanted[0].cidr)
            told = {"port_key": key, NETWORK_ID: spec.network_id, "extra": json.dumps(extra)}
            rows.set(own, external_ids=told)
            chosen = networks.port_options(rows, spec.port_id, wanted[0], ip_version)
            wanted = [chosen] if chosen is not None else []
        rows.set(port, **{networks.dhcp_column(ip_version): wanted})


def sendable(option: str, value: str) -> bool:
    """Whether OVN reads the value as that and no more: it becomes part of an action's text."""
    if option in QUOTED:
        return WORDS.fullmatch(value.strip('"')) is not None
    if option in ("mtu", "lease_time"):
        return value.isascii() and value.isdecimal() and len(value) <= 10
    parts = value.strip("{}").replace(",", " ").split()
    try:
        return bool([ipaddress.ip_network(part, strict=False) for part in parts]) and (
            PUNCTUATED.fullmatch(value) is not None
        )
    except ValueError:
        return False


def translated(spec: PortSpec, ip_version: int) -> dict[str, str]:
    """The port's extra options in OVN's words; those OVN cannot send are left out."""
    extra = {}
    for name, value, version in spec.dhcp_options:
        plain = name.removeprefix("option:").removeprefix("option6:")
        known = OPTION_NAMES.get(plain) or NUMBERS.get(plain)
        if version != ip_version or known is None or not sendable(known, value):
            continue
        quote = known in QUOTED and not value.startswith('"')
        several = known in ("dns_server", "ntp_server") and "," in value
        extra[known] = f'"{value}"' if quote else f"{{{value}}}" if several else value
    return extra
