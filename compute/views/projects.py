"""Quotas, limits and usage as the Compute API shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from compute import states
from compute.db.models import Server, ServerGroup
from compute.schemas.projects import ALWAYS, FILES, NETWORK

Version = tuple[int, int]
PASSED_ON = {
    "fixed_ips": -1,
    "floating_ips": -1,
    "security_groups": -1,
    "security_group_rules": -1,
    "injected_files": 5,
    "injected_file_content_bytes": 10240,
    "injected_file_path_bytes": 255,
}
"""Limits that other services keep, or that nothing here counts against."""


def names(version: Version) -> tuple[str, ...]:
    """Return the resources that quotas name at a microversion."""
    found: tuple[str, ...] = ALWAYS
    if version < (2, 36):
        found = (*found, *NETWORK)
    if version < (2, 57):
        found = (*found, *FILES)
    return found


def quota_set(
    version: Version, limits: Mapping[str, int], project_id: str | None = None
) -> dict[str, Any]:
    """Return the limits; with a project, also its id."""
    known = {**PASSED_ON, **limits}
    found: dict[str, Any] = {name: known[name] for name in names(version)}
    if project_id is not None:
        found["id"] = project_id
    return {"quota_set": found}


def class_names(version: Version) -> tuple[str, ...]:
    """Return the resources that quota classes name at a microversion."""
    if version >= (2, 50):
        return names(version)
    groups = ("server_groups", "server_group_members")
    return (*(name for name in ALWAYS if name not in groups), *NETWORK, *FILES)


def quota_class(
    version: Version, limits: Mapping[str, int], name: str | None = None
) -> dict[str, Any]:
    """Return the default limits under the name of a quota class."""
    known = {**PASSED_ON, **limits}
    found: dict[str, Any] = {resource: known[resource] for resource in class_names(version)}
    if name is not None:
        found["id"] = name
    return {"quota_class_set": found}


def quota_detail(
    version: Version, limits: Mapping[str, int], used: Mapping[str, int], project_id: str
) -> dict[str, Any]:
    """Return limit and usage of each resource."""
    known = {**PASSED_ON, **limits}
    found: dict[str, Any] = {
        name: {"limit": known[name], "in_use": used.get(name, 0), "reserved": 0}
        for name in names(version)
    }
    return {"quota_set": found | {"id": project_id}}


def limits(version: Version, limit: Mapping[str, int], used: Mapping[str, int]) -> dict[str, Any]:
    """Return the answer to GET /limits."""
    absolute = {
        "maxServerGroupMembers": limit["server_group_members"],
        "maxServerGroups": limit["server_groups"],
        "maxServerMeta": limit["metadata_items"],
        "maxTotalCores": limit["cores"],
        "maxTotalInstances": limit["instances"],
        "maxTotalKeypairs": limit["key_pairs"],
        "maxTotalRAMSize": limit["ram"],
        "totalCoresUsed": used["cores"],
        "totalInstancesUsed": used["instances"],
        "totalRAMUsed": used["ram"],
        "totalServerGroupsUsed": used["server_groups"],
    }
    if version < (2, 36):
        absolute |= {
            "maxSecurityGroupRules": -1,
            "maxSecurityGroups": -1,
            "maxTotalFloatingIps": -1,
            "totalFloatingIpsUsed": 0,
            "totalSecurityGroupsUsed": 0,
        }
    if version < (2, 39):
        absolute["maxImageMeta"] = limit["metadata_items"]
    if version < (2, 57):
        absolute |= {"maxPersonality": 5, "maxPersonalitySize": 10240}
    return {"limits": {"rate": [], "absolute": absolute}}


def usage(
    project_id: str,
    servers: Sequence[tuple[Server, float]],
    start: str,
    stop: str,
    *,
    detailed: bool,
) -> dict[str, Any]:
    """Return one project's usage: hours, and hours times size."""
    found: dict[str, Any] = {
        "tenant_id": project_id,
        "start": start,
        "stop": stop,
        "total_hours": sum(hours for _, hours in servers),
        "total_vcpus_usage": sum(hours * server.vcpus for server, hours in servers),
        "total_memory_mb_usage": sum(hours * server.memory_mib for server, hours in servers),
        "total_local_gb_usage": sum(hours * server.disk_gib for server, hours in servers),
    }
    if detailed:
        found["server_usages"] = [_server_usage(server, hours) for server, hours in servers]
    return found


def _server_usage(server: Server, hours: float) -> dict[str, Any]:
    begun = server.launched_at or server.created_at
    ended = server.deleted_at
    lasted = (ended - begun).total_seconds() if ended else hours * 3600
    return {
        "instance_id": server.id,
        "name": server.name,
        "hours": hours,
        "tenant_id": server.project_id,
        "flavor": server.flavor["name"],
        "vcpus": server.vcpus,
        "memory_mb": server.memory_mib,
        "local_gb": server.disk_gib,
        "started_at": begun.isoformat(timespec="microseconds"),
        "ended_at": ended.isoformat(timespec="microseconds") if ended else None,
        "state": "terminated" if ended else states.VM_STATE[server.status],
        "uptime": int(lasted),
    }


def server_group(version: Version, group: ServerGroup, members: Sequence[str]) -> dict[str, Any]:
    """Return a server group."""
    found: dict[str, Any] = {"id": group.id, "name": group.name, "members": list(members)}
    if version >= (2, 64):
        rules = {}
        if group.max_server_per_host is not None:
            rules["max_server_per_host"] = group.max_server_per_host
        found |= {"policy": group.policy, "rules": rules}
    else:
        found |= {"policies": [group.policy], "metadata": {}}
    if version >= (2, 13):
        found |= {"project_id": group.project_id, "user_id": group.user_id}
    return found
