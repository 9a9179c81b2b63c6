"""Volumes of KVM guests against QEMU by hand: the same reads and writes inside the same image.

usage: OS_CLOUD=... python -m bench.volume_io_kvm [SECONDS]
Needs fio, which is copied into the guests with its libraries.  By hand: QEMU with the accelerator
and the processor that the cloud's guest has, and a qcow2 file beside the pool's as its second disk.
"""

import contextlib
import io
import json
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator

from bench import cloud, volumes
from bench.volume_io import JOBS
from compute.drivers.kvm import config_drive
from devstack import recipes

SIZE_MIB = 256
IMAGE = "tiny-kvm"
FLAVOR, MEMORY_MIB = "small", 512
UNPACK = "mkdir -p /tmp/fio && tar -C /tmp/fio -xf -"
RUN = "cd /tmp/fio && sudo ./loader --library-path . ./fio"


def main(seconds: int = 5) -> None:
    """Print what both reach, and the ratios."""
    with cloud.place() as where, tempfile.TemporaryDirectory() as place:
        with volumes.guest(where, IMAGE, FLAVOR) as (server, login):
            emulator = _emulator(server.id)
            ours = _in_cloud(where, server, login, seconds)
        with _by_hand(pathlib.Path(place), emulator) as login:
            theirs = _all(login, seconds)
    cloud.report(
        benchmark="volume_io_kvm",
        bars={},
        emulator=emulator,
        guest_mib_s=ours,
        by_hand_mib_s=theirs,
        ratio={name: round(rate / theirs[name], 2) for name, rate in ours.items()},
    )


def _in_cloud(
    where: cloud.Place, server: object, login: list[str], seconds: int
) -> dict[str, float]:
    storage, compute = where.cloud.block_storage, where.cloud.compute
    volume, _ = volumes.timed(lambda: storage.create_volume(size=1), storage.get_volume)
    try:
        compute.create_volume_attachment(server, volume_id=volume.id)
        volumes.wait(lambda: storage.get_volume(volume.id).status, "in-use")
        found = _all(login, seconds)
        compute.delete_volume_attachment(server, volume.id)
        volumes.wait(lambda: storage.get_volume(volume.id).status, "available")
    finally:
        volumes.removed(storage.delete_volume, storage.get_volume, volume)
    return found


def _all(login: list[str], seconds: int) -> dict[str, float]:
    """Return the MiB a second of every job on the guest's /dev/vdb, once it was written to."""
    subprocess.run([*login, UNPACK], input=_program(), check=True)
    _fio(login, "write", "1M", 4)
    return {name: _fio(login, *job, seconds=seconds) for name, job in JOBS.items()}


def _fio(login: list[str], kind: str, block: str, depth: int, *, seconds: int = 0) -> float:
    words = [
        *("--name=bench", "--output-format=json", "--direct=1", "--ioengine=libaio", "--thread"),
        *("--filename=/dev/vdb", f"--rw={kind}", f"--bs={block}", f"--iodepth={depth}"),
        *(f"--size={SIZE_MIB}M", "--end_fsync=1", "--randrepeat=1"),
        *(("--time_based", f"--runtime={seconds}") if seconds else ()),
    ]
    done = subprocess.run(
        [*login, f"{RUN} {shlex.join(words)}"], check=True, capture_output=True, text=True
    )
    job = json.loads(done.stdout[done.stdout.index("{") :])["jobs"][0]
    side = job["read" if "read" in kind else "write"]
    return round(float(side["bw_bytes"]) / 2**20, 1)


def _program() -> bytes:
    """Return an archive with fio and what it is linked with; `loader` starts it anywhere."""
    path = subprocess.check_output(["which", "fio"], text=True).strip()
    needed = re.findall(r"(/\S+) \(0x", subprocess.check_output(["ldd", path], text=True))
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", dereference=True) as archive:
        archive.add(path, "fio")
        for one in needed:
            name = pathlib.Path(one).name
            archive.add(one, "loader" if name.startswith("ld-linux") else name)
    return out.getvalue()


def _emulator(server_id: str) -> list[str]:
    """Return the words of a guest's QEMU that say on what machine it runs."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_text().split("\0")
            if server_id in words and "-uuid" in words:
                kept = [("-accel", words[words.index("-accel") + 1])]
                kept.append(("-cpu", words[words.index("-cpu") + 1]))
                return [word for pair in kept for word in pair]
    raise SystemExit(f"no QEMU of server {server_id} was found")


@contextlib.contextmanager
def _by_hand(place: pathlib.Path, emulator: list[str]) -> Iterator[list[str]]:
    """Run a guest without any cloud, and give the command that logs in to it."""
    key, disk, volume, seed = (place / name for name in ("key", "disk", "volume", "seed"))
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text()
    facts = {"uuid": "by-hand", "hostname": "hand", "public_keys": {"key": public}}
    config_drive.write({"openstack/latest/meta_data.json": json.dumps(facts).encode()}, seed)
    image = next(one.path for one in recipes.RECIPES if one.name == IMAGE)
    create = ["qemu-img", "create", "-q", "-f", "qcow2"]
    subprocess.run([*create, "-F", "qcow2", "-b", str(image), str(disk), "1G"], check=True)
    subprocess.run([*create, str(volume), "1G"], check=True)
    port = _free_port()
    drive = "if=virtio,format=qcow2,cache=none,aio=threads,discard=unmap,file="
    words = [
        *(
            "qemu-system-x86_64",
            *emulator,
            "-m",
            str(MEMORY_MIB),
            "-display",
            "none",
            "-nodefaults",
        ),
        *("-drive", f"{drive}{disk}", "-drive", f"{drive}{volume}"),
        *("-drive", f"if=virtio,format=raw,readonly=on,file={seed}"),
        *("-machine", "q35", "-smbios", "type=1,product=OpenStack Compute"),
        *("-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22"),
        *("-device", "virtio-net-pci,netdev=net"),
    ]
    with subprocess.Popen(words) as machine:
        try:
            cloud.banner("127.0.0.1", port, time.monotonic())
            yield [*volumes.SSH, "-i", str(key), "-p", str(port), "cloud@127.0.0.1"]
        finally:
            machine.kill()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:]])
