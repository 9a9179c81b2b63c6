"""What a KVM guest used, as libvirt counts it."""

import xml.etree.ElementTree as ElementTree
from typing import Any

from compute.drivers.figures import Disk, Figures

_KIB_A_MIB = 1024


def read(domain: Any) -> Figures:
    """Return the figures of a guest that runs.  Raises libvirtError."""
    memory = domain.memoryStats()
    processors, _ = domain.vcpus()
    told = {"available", "unused"} <= memory.keys()  # only where the guest has a balloon driver
    return Figures(
        cpu_times_ns=tuple(int(processor[2]) for processor in processors),
        memory_max_mib=domain.maxMemory() // _KIB_A_MIB,
        memory_used_mib=(memory["available"] - memory["unused"]) // _KIB_A_MIB if told else None,
        disks=tuple(_disk(domain, name) for name in _targets(domain.XMLDesc(0))),
    )


def _targets(xml: str) -> list[str]:
    """Return the names of a guest's disks; what is only read, such as a seed, is left out."""
    disks = ElementTree.fromstring(xml).findall("devices/disk[@device='disk']")  # noqa: S314
    return [
        str(target.get("dev"))
        for disk in disks
        if disk.find("readonly") is None and (target := disk.find("target")) is not None
    ]


def _disk(domain: Any, name: str) -> Disk:
    read_requests, read_bytes, write_requests, write_bytes, failed = domain.blockStats(name)
    return Disk(
        name=name,
        read_bytes=read_bytes,
        read_requests=read_requests,
        write_bytes=write_bytes,
        write_requests=write_requests,
        errors_count=max(failed, 0),
    )
