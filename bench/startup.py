"""From `devstack/up` to all APIs healthy, on a machine with packages and images in place.

usage: python -m bench.startup [STATE_DIR] [COUNT]
Takes the cloud of the state directory down before each run; what it holds is kept.
"""

import pathlib
import subprocess
import sys
import time

from bench import cloud

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main(state_dir: str = "/var/lib/cumulet", count: str = "3") -> None:
    """Start COUNT times and print the figures."""
    found = []
    for _ in range(int(count)):
        where = ["--state-dir", state_dir]
        subprocess.run([ROOT / "devstack/down", *where], check=True, capture_output=True)
        began = time.monotonic()
        subprocess.run([ROOT / "devstack/up", "--no-demo", *where], check=True, capture_output=True)
        found.append(time.monotonic() - began)
    cloud.report(benchmark="startup", bars={"healthy_p50": 20}, healthy_s=cloud.summary(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
