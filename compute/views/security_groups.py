"""Security groups of the network service as the Compute API shows them."""

from collections.abc import Mapping
from typing import Any

Groups = Mapping[str, Mapping[str, Any]]
EVERYWHERE = {"IPv4": "0.0.0.0/0", "IPv6": "::/0"}


def group(found: Mapping[str, Any], others: Groups) -> dict[str, Any]:
    """Return a group with its rules for what comes in.

    others: groups by id, for the names of those that rules point to.
    """
    return {
        "id": found["id"],
        "name": found["name"],
        "description": found.get("description") or "",
        "tenant_id": found.get("project_id", found.get("tenant_id")),
        "rules": [
            rule(one, others)
            for one in found.get("security_group_rules", ())
            if one["direction"] == "ingress"
        ],
    }


def rule(found: Mapping[str, Any], others: Groups) -> dict[str, Any]:
    """Return one rule: it lets in a range of addresses, or the servers of a group."""
    from_port, to_port = _ports(found)
    remote = found.get("remote_group_id") or ""
    prefix = found.get("remote_ip_prefix") or EVERYWHERE[found.get("ethertype") or "IPv4"]
    return {
        "id": found["id"],
        "parent_group_id": found["security_group_id"],
        "ip_protocol": found.get("protocol"),
        "from_port": from_port,
        "to_port": to_port,
        "ip_range": {} if remote else {"cidr": prefix},
        "group": _remote(others[remote]) if remote in others else {},
    }


def _remote(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": found["name"], "tenant_id": found.get("project_id", found.get("tenant_id"))}


def _ports(found: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the ports of a rule; those of a whole protocol are all of them, or -1."""
    ports = found.get("port_range_min"), found.get("port_range_max")
    if ports != (None, None) or not found.get("protocol"):
        return ports
    return (1, 65535) if found["protocol"] in ("tcp", "udp") else (-1, -1)
