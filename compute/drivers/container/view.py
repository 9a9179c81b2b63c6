"""What a guest sees of its host's processors, disks and clock, so that all look like its own.

It needs no daemon: the guest is kept on as many processors as its flavor has, files of plain text
lie over the kernel's, and a time namespace lets its uptime begin at nought.
"""

import os
import pathlib
from collections.abc import Sequence

from compute.drivers.container import slots

FILES = {"cpuinfo": "proc/cpuinfo", "online": "sys/devices/system/cpu/online"}
"""Name among the guest's runtime files to the path it lies over in the guest."""


def cpus(vcpus: int, first_id: int, host: list[int]) -> list[int]:
    """Return which of the host's processors a guest runs on, different ones for its neighbours.

    first_id: of the guest's id range.  host: the processors to choose from.
    """
    count = min(vcpus, len(host))
    begin = (first_id - slots.FIRST_ID) // slots.IDS * count
    return sorted(host[(begin + step) % len(host)] for step in range(count))


def of_host() -> list[int]:
    """Return the processors that this process may use."""
    return sorted(os.sched_getaffinity(0))


def cpuinfo(text: str, count: int) -> str:
    """Return the first `count` processors of a /proc/cpuinfo."""
    stanzas = [stanza for stanza in text.split("\n\n") if stanza.strip()]
    return "".join(stanza.strip("\n") + "\n\n" for stanza in stanzas[:count])


def write(directory: pathlib.Path, count: int) -> dict[pathlib.Path, str]:
    """Write the files of a guest with `count` processors; return each with the path it is to cover.

    directory: where the guest's own root can read them.
    """
    host = pathlib.Path("/proc/cpuinfo").read_text()
    texts = {"cpuinfo": cpuinfo(host, count), "online": f"0-{count - 1}\n" if count > 1 else "0\n"}
    for name, text in texts.items():
        draft = directory / f"{name}.new"
        draft.write_text(text)
        draft.chmod(0o444)
        os.replace(draft, directory / name)
    return {directory / name: target for name, target in FILES.items()}


def partitions(directory: pathlib.Path, root_kib: int, disks: Sequence[tuple[str, int]]) -> None:
    """Write which disks a guest has: its own, as `vda`, and its volumes.

    disks: (name in the guest, KiB) of each.  The file is written in place: a guest that runs reads
    it anew.
    """
    rows = [("vda", root_kib), *disks]
    lines = [f" 253 {number * 16:8} {kib:10} {name}" for number, (name, kib) in enumerate(rows)]
    path = directory / PARTITIONS
    path.write_text("major minor  #blocks  name\n\n" + "\n".join(lines) + "\n")
    path.chmod(0o444)


PARTITIONS = "partitions"
"""Lies over /proc/partitions, where the host's disks would show."""


def uptime_s() -> int:
    """Return for how many whole seconds the host has been up, in its own time namespace."""
    return int(float(pathlib.Path("/proc/uptime").read_text().split()[0]))
