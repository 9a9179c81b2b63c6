"""What a guest uses, as the Compute API shows it."""

from collections.abc import Mapping, Sequence
from typing import Any

from compute.db.models import Nic, Server

NO_TRAFFIC = ("octets", "packets", "errors", "drop")
HYPERVISOR = {"container": "lxc"}
DRIVER = "libvirt"
"""The API knows four words for a driver; of those this is the one whose guests these are like."""


def named(server: Server, nics: Sequence[Nic], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures by names that depend on the guest, as before 2.48.  memory: KiB."""
    found: dict[str, Any] = {"memory": server.memory_mib * 1024}
    if figures["memory_used_mib"] is not None:
        found["memory-rss"] = figures["memory_used_mib"] * 1024
    for number, time_ns in enumerate(figures["cpu_times_ns"]):
        found[f"cpu{number}_time"] = time_ns
    for disk in figures["disks"]:
        name = disk["name"]
        found |= {
            f"{name}_read": disk["read_bytes"],
            f"{name}_read_req": disk["read_requests"],
            f"{name}_write": disk["write_bytes"],
            f"{name}_write_req": disk["write_requests"],
            f"{name}_errors": disk["errors_count"],
        }
    for nic in nics:
        for name, value in figures["traffic"].get(nic.port_id, {}).items():
            way, _, what = name.partition("_")
            plain = way if what == "octets" else f"{way}_{what}"
            found[f"tap{(nic.port_id or '')[:11]}_{plain}"] = value
    return {name: value for name, value in found.items() if value is not None}


def whole(server: Server, nics: Sequence[Nic], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures in the form they have for every guest, from 2.48 on."""
    times = figures["cpu_times_ns"]
    return {
        "state": "running",
        "driver": DRIVER,
        "hypervisor": HYPERVISOR.get(figures["hypervisor"], figures["hypervisor"]),
        "hypervisor_os": "linux",
        "uptime": figures["uptime_s"],
        "config_drive": server.config_drive,
        "num_cpus": server.vcpus,
        "num_nics": len(nics),
        "num_disks": len(figures["disks"]),
        "cpu_details": [
            {"id": number, "time": time_ns, "utilisation": None}
            for number, time_ns in enumerate(times)
        ],
        "memory_details": {
            "maximum": figures["memory_max_mib"],
            "used": figures["memory_used_mib"],
        },
        "disk_details": [
            {name: value for name, value in disk.items() if name != "name"}
            for disk in figures["disks"]
        ],
        "nic_details": [_nic(nic, figures["traffic"].get(nic.port_id, {})) for nic in nics],
    }


def _nic(nic: Nic, traffic: Mapping[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {"mac_address": nic.mac, "rx_rate": None, "tx_rate": None}
    for way in ("rx", "tx"):
        for what in NO_TRAFFIC:
            found[f"{way}_{what}"] = traffic.get(f"{way}_{what}")
    return found
