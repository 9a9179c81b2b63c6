"""Hosts as the Compute API showed them before hypervisors, and usage audits."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from compute.db.hosts import HostState, ServiceState


def process(state: ServiceState) -> dict[str, Any]:
    """Return a process' entry in the list of hosts."""
    row = state.service
    return {
        "host_name": row.host,
        "service": row.binary.removeprefix("nova-"),
        "zone": state.zone,
    }


def resources(state: HostState) -> list[dict[str, Any]]:
    """Return what a host has, what is taken, and what each project's servers add up to."""
    name = state.host.name
    used = {key: state.used.get(key, 0) for key in ("VCPU", "MEMORY_MB", "DISK_GB")}
    projects: dict[str, list[int]] = {}
    for server in state.servers:
        sums = projects.setdefault(server.project_id, [0, 0, 0])
        for place, figure in enumerate((server.vcpus, server.memory_mib, server.disk_gib)):
            sums[place] += figure
    most = [sum(column) for column in zip(*projects.values(), strict=True)] or [0, 0, 0]
    total = [state.total.get(key, 0) for key in used]
    return [
        _resource(name, "(total)", total),
        _resource(name, "(used_now)", list(used.values())),
        _resource(name, "(used_max)", most),
        *(_resource(name, project, sums) for project, sums in projects.items()),
    ]


def _resource(host: str, project: str, figures: Sequence[int]) -> dict[str, Any]:
    cpu, memory_mib, disk_gib = figures
    shown = {"cpu": cpu, "memory_mb": memory_mib, "disk_gb": disk_gib}
    return {"resource": {"host": host, "project": project, **shown}}


def audit(hosts: Sequence[str], before: dt.datetime) -> dict[str, Any]:
    """Return the log of the whole month that had ended before a moment: nobody audited."""
    ending = before.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    beginning = (ending - dt.timedelta(days=1)).replace(day=1)
    return {
        "period_beginning": str(beginning),
        "period_ending": str(ending),
        "num_hosts": len(hosts),
        "num_hosts_done": 0,
        "num_hosts_running": 0,
        "num_hosts_not_run": len(hosts),
        "hosts_not_run": list(hosts),
        "total_instances": 0,
        "total_errors": 0,
        "overall_status": f"0 of {len(hosts)} hosts done. 0 errors.",
        "log": {},
    }
