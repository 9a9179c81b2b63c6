"""Volumes of containers against the host: the same reads and writes on the device and on a file.

usage: OS_CLOUD=... python -m bench.volume_io [STATE_DIR] [SECONDS]
Needs fio.  The device is opened as the guest sees it, by its node among the guest's own mounts;
the host's file is as large, on the file system that the pool is on.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from bench import cloud, volumes

SIZE_GIB = 1
JOBS = {
    "sequential_read": ("read", "1M", 4),
    "sequential_write": ("write", "1M", 4),
    "random_read_4k": ("randread", "4k", 16),
    "random_write_4k": ("randwrite", "4k", 16),
}


def main(state_dir: str = "/var/lib/cumulet", seconds: int = 5) -> None:
    """Print the ratios, for volumes as they are by default and for raw ones."""
    with cloud.place() as where, tempfile.NamedTemporaryFile(dir=f"{state_dir}/volumes") as file:
        host = _all(file.name, seconds)
        found = {}
        for kind, specs in (("qcow2", {}), ("raw", {"format": "raw"})):
            with _device(where, specs) as device:
                found[kind] = _all(device, seconds)
    cloud.report(
        benchmark="volume_io",
        bars={"ratio": 0.9},
        host_mib_s=host,
        guest_mib_s=found,
        ratio={
            kind: {name: round(rate / host[name], 2) for name, rate in rates.items()}
            for kind, rates in found.items()
        },
    )


def _all(path: str, seconds: int) -> dict[str, float]:
    """Return the MiB a second of every job, on what has been written to once."""
    _run(path, "write", "1M", 4)
    return {name: _run(path, *job, seconds=seconds) for name, job in JOBS.items()}


def _run(path: str, kind: str, block: str, depth: int, *, seconds: int = 0) -> float:
    words = [
        *("fio", "--name=bench", "--output-format=json", "--direct=1", "--ioengine=libaio"),
        *(f"--filename={path}", f"--rw={kind}", f"--bs={block}", f"--iodepth={depth}"),
        *(f"--size={SIZE_GIB}G", "--end_fsync=1", "--randrepeat=1"),
        *(("--time_based", f"--runtime={seconds}") if seconds else ()),
    ]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    job = json.loads(done.stdout)["jobs"][0]
    side = job["read" if "read" in kind else "write"]
    return round(side["bw_bytes"] / 2**20, 1)


@contextlib.contextmanager
def _device(where: cloud.Place, specs: dict[str, str]) -> Iterator[str]:
    """Give the path by which a container's volume is reached."""
    storage, compute = where.cloud.block_storage, where.cloud.compute
    wanted: dict[str, Any] = {"size": SIZE_GIB}
    with contextlib.ExitStack() as undo:
        if specs:
            kind = storage.create_type(name=where.key_name, extra_specs=specs)
            undo.callback(storage.delete_type, kind)
            wanted["volume_type"] = kind.name
        volume, _ = volumes.timed(lambda: storage.create_volume(**wanted), storage.get_volume)
        undo.callback(volumes.removed, storage.delete_volume, storage.get_volume, volume)
        with volumes.guest(where, "tiny-container") as (server, _):
            made = compute.create_volume_attachment(server, volume_id=volume.id)
            volumes.wait(lambda: storage.get_volume(volume.id).status, "in-use")
            yield f"/proc/{_init(server.id)}/root{made.device}"
            compute.delete_volume_attachment(server, volume.id)
            volumes.wait(lambda: storage.get_volume(volume.id).status, "available")


def _init(server_id: str) -> int:
    """Return a process of a container, by its control group."""
    for group in pathlib.Path("/sys/fs/cgroup").rglob(f"*{server_id}*"):
        for file in sorted(group.rglob("cgroup.procs")):
            for pid in file.read_text().split():
                root = pathlib.Path(f"/proc/{pid}/root")
                if root.exists() and not root.samefile("/"):
                    return int(pid)
    raise SystemExit(f"no process of {server_id} was found")


if __name__ == "__main__":
    main(*sys.argv[1:2], *[int(word) for word in sys.argv[2:]])
