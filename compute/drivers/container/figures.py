"""What a container used, as the kernel counts it for its control group."""

import os
import pathlib
import time

from compute.drivers.figures import Disk, Figures

_MIB = 1024 * 1024


def read(groups: dict[str, pathlib.Path], *, init: int | None, memory_mib: int) -> Figures:
    """Return the figures of a container that runs.

    groups: its group in each hierarchy, by the hierarchy's name; `` alone on version 2.
    init: the process that is number 1 inside.
    """
    unified = groups.get("")
    if unified is not None:
        cpu_ns = _named(unified / "cpu.stat").get("usage_usec", 0) * 1000
        used = _number(unified / "memory.current")
        disks = (_io(unified / "io.stat"),)
    else:
        cpu_ns = _number(groups.get("cpuacct", pathlib.Path("/nowhere")) / "cpuacct.usage") or 0
        used = _number(groups.get("memory", pathlib.Path("/nowhere")) / "memory.usage_in_bytes")
        disks = (Disk("root"),)
    return Figures(
        cpu_times_ns=(cpu_ns,),
        memory_max_mib=memory_mib,
        memory_used_mib=None if used is None else used // _MIB,
        uptime_s=None if init is None else _age_s(init),
        disks=disks,
    )


def _io(path: pathlib.Path) -> Disk:
    """Return the sums over all devices that the kernel counts for the group."""
    sums = {"rbytes": 0, "wbytes": 0, "rios": 0, "wios": 0}
    for line in _lines(path):
        for pair in line.split()[1:]:
            name, _, value = pair.partition("=")
            if name in sums:
                sums[name] += int(value)
    return Disk("root", sums["rbytes"], sums["rios"], sums["wbytes"], sums["wios"], 0)


def _age_s(pid: int) -> int | None:
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:  # it ended meanwhile
        return None
    ticks = int(text.rpartition(")")[2].split()[19])
    return max(0, int(time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")))


def _named(path: pathlib.Path) -> dict[str, int]:
    pairs = (line.split() for line in _lines(path))
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}


def _number(path: pathlib.Path) -> int | None:
    lines = _lines(path)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def _lines(path: pathlib.Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # not counted here, or the group is gone
        return []
