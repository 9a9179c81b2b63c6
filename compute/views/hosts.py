"""Services, hypervisors and zones as the Compute API shows them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import iso_micro
from compute.db.hosts import INTERNAL_ZONE, HostState, ServiceState

Version = tuple[int, int]


def _time(moment: Any) -> str:
    return (iso_micro(moment) or "").removesuffix("Z")


def service(version: Version, state: ServiceState) -> dict[str, Any]:
    """Return one process."""
    row = state.service
    found: dict[str, Any] = {
        "id": row.id if version >= (2, 53) else row.number,
        "binary": row.binary,
        "host": row.host,
        "zone": state.zone,
        "status": "disabled" if row.disabled else "enabled",
        "state": "up" if state.up else "down",
        "updated_at": _time(row.seen_at),
        "disabled_reason": row.disabled_reason,
    }
    if version >= (2, 11):
        found["forced_down"] = row.forced_down
    return found


def hypervisor_brief(version: Version, state: HostState) -> dict[str, Any]:
    """Return a host's entry in the short list."""
    row = state.service.service
    return {
        "id": state.host.id if version >= (2, 53) else state.host.number,
        "hypervisor_hostname": state.host.name,
        "state": "up" if state.service.up else "down",
        "status": "disabled" if row.disabled else "enabled",
    }


def hypervisor(version: Version, state: HostState) -> dict[str, Any]:
    """Return all of a host."""
    row = state.service.service
    kinds = state.host.hypervisors
    found = hypervisor_brief(version, state) | {
        "host_ip": state.host.facts.get("host_ip", ""),
        "hypervisor_type": ",".join(str(kind["type"]) for kind in kinds),
        "hypervisor_version": int(kinds[0]["version"]) if kinds else 0,
        "service": {
            "id": row.id if version >= (2, 53) else row.number,
            "host": row.host,
            "disabled_reason": row.disabled_reason,
        },
    }
    if version >= (2, 88):
        found["uptime"] = uptime(state)
        return found
    cpu: dict[str, Any] = {"arch": "", "model": "", "vendor": "", "features": [], "topology": {}}
    return found | figures([state]) | {"cpu_info": cpu if version >= (2, 28) else json.dumps(cpu)}


def servers(state: HostState) -> list[dict[str, str]]:
    """Return the servers of a host, by name and id."""
    return [{"name": f"instance-{one.id[:8]}", "uuid": one.id} for one in state.servers]


def uptime(state: HostState) -> str | None:
    """Return how long the host runs, in the words of uptime(1)."""
    facts = state.host.facts
    if "uptime_s" not in facts:
        return None
    days, rest = divmod(int(facts["uptime_s"]), 86400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    load = ", ".join(str(facts.get("load", "")).split())
    return f"up {days} days, {hours:2}:{minutes:02},  0 users,  load average: {load}"


def figures(states: Sequence[HostState]) -> dict[str, Any]:
    """Return the sums over some hosts."""

    def total(name: str) -> int:
        return sum(state.total.get(name, 0) for state in states)

    def used(name: str) -> int:
        return sum(state.used.get(name, 0) for state in states)

    return {
        "vcpus": total("VCPU"),
        "vcpus_used": used("VCPU"),
        "memory_mb": total("MEMORY_MB"),
        "memory_mb_used": used("MEMORY_MB"),
        "free_ram_mb": total("MEMORY_MB") - used("MEMORY_MB"),
        "local_gb": total("DISK_GB"),
        "local_gb_used": used("DISK_GB"),
        "free_disk_gb": total("DISK_GB") - used("DISK_GB"),
        "disk_available_least": sum(state.host.facts.get("disk_free_gib", 0) for state in states),
        "current_workload": sum(one.verb is not None for s in states for one in s.servers),
        "running_vms": sum(len(state.servers) for state in states),
    }


def zones(found: Mapping[str, Sequence[ServiceState]], *, detailed: bool) -> list[dict[str, Any]]:
    """Return the zones; detailed: with their hosts and processes, the internal zone included."""
    shown = []
    for zone, states in found.items():
        if zone == INTERNAL_ZONE and not detailed:
            continue
        available = any(state.up and not state.service.disabled for state in states)
        hosts: dict[str, Any] = {}
        for state in states:
            hosts.setdefault(state.service.host, {})[state.service.binary] = {
                "active": not state.service.disabled,
                "available": state.up,
                "updated_at": _time(state.service.seen_at),
            }
        shown.append(
            {
                "zoneName": zone,
                "zoneState": {"available": available},
                "hosts": hosts if detailed else None,
            }
        )
    return shown
