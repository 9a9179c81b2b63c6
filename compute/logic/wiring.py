"""A server's ports at the network service: made, taken over, removed.  Each step may repeat."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from compute.clients import NetworkService
from compute.db.models import Nic, Server

LOG = logging.getLogger(__name__)
MARK = {"made_by": "compute"}
"""Stands in the binding profile of every port made for a server; users can not write there."""


def wire(
    network: NetworkService, server: Server, nics: Sequence[Nic], *, again: bool
) -> dict[str, dict[str, Any]]:
    """Give every nic a port bound to the server's host; return what its row should say, by nic.

    again: whether an earlier try may have made ports already; they are found and kept.
    Raises ServiceFailed, ServiceSilent.
    """
    owner = {
        "device_id": server.id,
        "device_owner": f"compute:{server.zone}",
        "binding:host_id": server.host,
    }
    ports: dict[str, dict[str, Any]] = {}
    left = [port for port in network.ports_of(server.id) if made_here(port)] if again else []
    missing = []
    for nic in nics:
        if nic.port_id:
            ports[nic.id] = network.update_port(nic.port_id, **owner)
            continue
        known = next((port for port in left if port["network_id"] == nic.network_id), None)
        if known is None:
            missing.append(nic)
        else:
            left.remove(known)
            ports[nic.id] = known
    if missing:
        made = network.create_ports([_wanted(server, nic) | owner for nic in missing])
        ports |= {nic.id: port for nic, port in zip(missing, made, strict=True)}
    subnets = network.subnets(nic.network_id for nic in nics) if nics else {}
    return {nic_id: row_of(port, subnets) for nic_id, port in ports.items()}


def _wanted(server: Server, nic: Nic) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "network_id": nic.network_id,
        "project_id": server.project_id,
        "admin_state_up": True,
        "binding:profile": MARK,
    }
    if nic.wanted_address:
        wanted["fixed_ips"] = [{"ip_address": nic.wanted_address}]
    groups = [group["id"] for group in server.security_groups if group.get("id")]
    if groups:
        wanted["security_groups"] = groups
    return wanted


def made_here(port: Mapping[str, Any]) -> bool:
    """Say whether compute made a port; any other one belongs to a user."""
    return (port.get("binding:profile") or {}).get("made_by") == MARK["made_by"]


def row_of(port: Mapping[str, Any], subnets: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return a nic row's columns for a port."""
    return {
        "port_id": port["id"],
        "mac": port["mac_address"],
        "addresses": [
            _address(fixed, subnets.get(fixed["subnet_id"], {})) for fixed in port["fixed_ips"]
        ],
    }


def _address(fixed: Mapping[str, Any], subnet: Mapping[str, Any]) -> dict[str, Any]:
    address = fixed["ip_address"]
    length = str(subnet.get("cidr", "")).partition("/")[2]
    return {
        "address": address,
        "prefix_length": int(length or (128 if ":" in address else 32)),
        "gateway": subnet.get("gateway_ip"),
        "dns_servers": list(subnet.get("dns_nameservers", ())),
        "routes": [[one["destination"], one["nexthop"]] for one in subnet.get("host_routes", ())],
    }


def unbind(network: NetworkService, nics: Sequence[Nic]) -> None:
    """Take ports off their host; they stay the server's, with their addresses.

    Raises ServiceFailed, ServiceSilent.
    """
    for nic in nics:
        if nic.port_id:
            network.update_port(nic.port_id, **{"binding:host_id": ""})


def let_go(network: NetworkService, nic: Nic) -> None:
    """Remove one port that was made for a server, or let go of one that was given.

    Raises ServiceFailed, ServiceSilent.
    """
    if nic.port_id and nic.ours:
        network.delete_port(nic.port_id)
    elif nic.port_id:
        network.release_port(nic.port_id)


def unwire(network: NetworkService, server_id: str, nics: Sequence[Nic]) -> None:
    """Remove the ports that were made for a server and let go of those that were given to it.

    Raises ServiceFailed, ServiceSilent.
    """
    made = {nic.port_id for nic in nics if nic.ours}
    for port in network.ports_of(server_id):
        if port["id"] in made or made_here(port):
            network.delete_port(port["id"])
            LOG.info("port %s of server %s is removed", port["id"], server_id)
        else:
            network.release_port(port["id"])
