"""How much the memory of everything grows from the first to the third run of the smoke list.

usage: python -m bench.growth [STATE_DIR] [RUNS]
Runs `devstack/interop --cloud STATE_DIR --guest container tempest_smoke`, and adds up the PSS of
all its processes after each run, when nothing is under way.
"""

import collections
import pathlib
import subprocess
import sys
import time

from bench import cloud, memory
from devstack import instance

INTEROP = pathlib.Path(__file__).resolve().parents[1] / "devstack/interop"
REST_S = 10.0


def main(state_dir: str = instance.DEFAULT_STATE_DIR, runs: str = "3") -> None:
    """Print the sums, what grew most, and the growth in per cent; fail when it is ten or more."""
    seen: list[collections.Counter[str]] = []
    for _ in range(int(runs)):
        command = [str(INTEROP), "--cloud", state_dir, "--guest", "container", "tempest_smoke"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        print(*done.stdout.splitlines()[-4:], sep="\n", file=sys.stderr)
        time.sleep(REST_S)
        seen.append(programs(state_dir))
    first, last = seen[0], seen[-1]
    growth = (last.total() / first.total() - 1) * 100
    cloud.report(
        benchmark="growth",
        bars={"per_cent": 10},
        per_cent=round(growth, 1),
        pss_mib=[round(one.total() / 1024, 1) for one in seen],
        most_mib={name: round(kib / 1024, 1) for name, kib in (last - first).most_common(5)},
    )
    raise SystemExit(growth >= 10)


def programs(state_dir: str) -> collections.Counter[str]:
    """Return the PSS of a cloud's processes in KiB, by what they are called."""
    found: collections.Counter[str] = collections.Counter()
    for pid in memory.processes(state_dir):
        try:
            name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            continue
        found[name] += memory.pss_kib(pid)
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
