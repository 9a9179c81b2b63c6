"""The memory of everything when idle: the sum of PSS of a cloud's processes.

usage: python -m bench.memory [STATE_DIR]
A process belongs to the cloud when its environment names the state directory, or a program of the
cloud's started it.  Guests do not count.
"""

import collections
import pathlib
import sys

from bench import cloud

GUESTS = ("qemu-system", "[lxc monitor]", "lxc-start")


def processes(state_dir: str) -> dict[int, str]:
    """Return the command line of each of the cloud's processes, by pid."""
    mark = f"CUMULET_STATE={state_dir}".encode()
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
        if mark in environment and not any(word in command for word in GUESTS):
            found[int(entry.name)] = command
    return found


def pss_kib(pid: int) -> int:
    """Return the proportional set size of one process, in KiB; 0 when it has gone."""
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def main(state_dir: str = "/var/lib/cumulet") -> None:
    """Print the sum, and the largest groups."""
    groups: collections.Counter[str] = collections.Counter()
    for pid, command in processes(state_dir).items():
        groups[_label(pid, command)] += pss_kib(pid)
    cloud.report(
        benchmark="memory",
        bars={"pss_mib": 700},
        pss_mib=round(sum(groups.values()) / 1024, 1),
        by_program_mib={name: round(kib / 1024, 1) for name, kib in groups.most_common(30)},
    )


def _label(pid: int, command: str) -> str:
    try:
        name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        name = "?"
    return name or command[:40]


if __name__ == "__main__":
    main(*sys.argv[1:])
