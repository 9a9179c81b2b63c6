"""What a host has and runs, reported at start, regularly, and when a guest changes by itself."""

import logging
import os
import pathlib
import shutil
import time
from typing import Any

from common.context import RequestContext
from common.rpc import Bus
from compute.drivers.base import GuestState, Ports
from compute.rpc import contract
from compute.worker.guests import Guests

LOG = logging.getLogger(__name__)


class HostReporter:
    """Tells the controllers about this host.

    console_url: where browsers reach the host's consoles; empty: nowhere.
    ratios: allocation ratio by resource class.  reserved: amounts kept for the host itself.
    """

    def __init__(
        self,
        guests: Guests,
        ports: Ports,
        bus: Bus,
        *,
        host: str,
        address: str,
        directory: pathlib.Path,
        ratios: dict[str, float],
        reserved: dict[str, int],
        console_url: str = "",
    ) -> None:
        self._guests = guests
        self._ports = ports
        self._bus = bus
        self._host = host
        self._address = address
        self._directory = directory
        self._console_url = console_url
        self._ratios = ratios
        self._reserved = reserved

    def report(self) -> None:
        """Send one report, when guests have all that they had."""
        self._guests.mend_volumes()
        at = time.time()
        guests = {server_id: state.value for server_id, state in self._guests.states().items()}
        self._bus.cast(
            RequestContext.internal(),
            contract.HostReport(
                host=self._host,
                inventory=self._inventory(),
                traits=self._guests.traits(),
                hypervisors=[
                    {"kind": driver.kind, **driver.hypervisor()} for driver in self._guests.drivers
                ],
                guests=guests,
                ports=sorted(self._ports.plugged()),
                facts={
                    "host_ip": self._address,
                    "console_url": self._console_url,
                    **self._usage(),
                },
                at=at,
            ),
            deadline=at + 60,
        )

    def changed(self, server_id: str, state: GuestState) -> None:
        """Tell that a guest changed by itself."""
        LOG.info("guest of server %s is now %s", server_id, state.value)
        self._bus.cast(
            RequestContext.internal(),
            contract.GuestChanged(
                host=self._host, server_id=server_id, state=state.value, at=time.time()
            ),
        )

    def _inventory(self) -> dict[str, dict[str, float]]:
        totals = {
            "VCPU": os.cpu_count() or 1,
            "MEMORY_MB": memory_mib()["MemTotal"],
            "DISK_GB": shutil.disk_usage(self._directory).total // 1024**3,
        }
        return {
            name: {
                "total": total,
                "reserved": min(self._reserved.get(name, 0), total),
                "max_unit": total,
                "allocation_ratio": self._ratios.get(name, 1.0),
            }
            for name, total in totals.items()
        }

    def _usage(self) -> dict[str, Any]:
        memory = memory_mib()
        disk = shutil.disk_usage(self._directory)
        return {
            "memory_used_mib": memory["MemTotal"] - memory["MemAvailable"],
            "disk_used_gib": disk.used // 1024**3,
            "disk_free_gib": disk.free // 1024**3,
            "load": " ".join(f"{value:.2f}" for value in os.getloadavg()),
            "uptime_s": int(float(pathlib.Path("/proc/uptime").read_text().split()[0])),
        }


def memory_mib() -> dict[str, int]:
    """Return MemTotal and MemAvailable of this host."""
    found = {}
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in ("MemTotal", "MemAvailable"):
            found[name] = int(value.split()[0]) // 1024
    return found
