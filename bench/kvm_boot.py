"""KVM servers: POST to ACTIVE, POST to ssh, and the same QEMU command started by hand.

usage: OS_CLOUD=... python -m bench.kvm_boot [COUNT] [IMAGE] [FLAVOR]
Runs on the guests' host, as root: the command line is read from a running guest, its tap replaced
by a user-mode network, its disk by a fresh overlay on the same image.  Both are timed in turn,
with a config drive, since no metadata service answers the one started by hand.
"""

import dataclasses
import itertools
import json
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from bench import cloud

BLOCK = "-blockdev"
DROPPED = ("-S", "-daemonize")
DROPPED_WITH_VALUE = ("-mon", "-sandbox", "-add-fd", "-pidfile", "-runas", "-chroot")


def command_line(server_id: str) -> list[str]:
    """Return the QEMU command of a running server on this host."""
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")[:-1]
            except OSError:
                continue
            if words and "qemu-system" in words[0] and server_id in " ".join(words):
                return words
    raise SystemExit(f"no QEMU of server {server_id} runs here")


def by_hand(words: list[str], files: dict[str, str], port: int) -> list[str]:
    """Return the command with nothing of libvirt's left in it.

    files: what takes the place of the server's own files.  port: on 127.0.0.1, leads to ssh.
    """
    found = [words[0]]
    rest = iter(words[1:])
    for word in rest:
        if word in DROPPED:
            continue
        value = next(rest, "") if word.startswith("-") and word not in FLAGS else ""
        if word in DROPPED_WITH_VALUE or _is_libvirts(word, value):
            continue
        found.append(word)
        if value:
            block = word == BLOCK
            found.append(_file(value, files) if block else _value(word, value, port))
    return found


FLAGS = ("-nodefaults", "-no-user-config", "-no-shutdown", "-no-reboot", "-enable-kvm", "-no-hpet")


def _is_libvirts(word: str, value: str) -> bool:
    if word == "-object" and '"secret"' in value:
        return True
    return word == "-chardev" and "charmonitor" in value


def _value(word: str, value: str, port: int) -> str:
    if word == "-netdev":
        name = re.search(r'"?id"?[=:]"?([A-Za-z0-9_-]+)', value)
        return f"user,id={name.group(1) if name else 'hostnet0'},hostfwd=tcp:127.0.0.1:{port}-:22"
    if word == "-chardev":
        name = re.search(r"id=([A-Za-z0-9_-]+)", value)
        return f"null,id={name.group(1) if name else 'charserial0'}"
    return value


def _file(value: str, files: dict[str, str]) -> str:
    device: dict[str, Any] = json.loads(value)
    if device.get("filename") in files:
        device["filename"] = files[device["filename"]]
    return json.dumps(device)


def disk_of(words: list[str]) -> pathlib.Path:
    """Return the file of the server's own disk: the one under the qcow2 layer."""
    devices = [json.loads(value) for word, value in itertools.pairwise(words) if word == BLOCK]
    below = {device["file"] for device in devices if device["driver"] == "qcow2"}
    for device in devices:
        if device["node-name"] in below:
            return pathlib.Path(device["filename"])
    raise SystemExit("the guest's command line names no disk of its own")


@dataclasses.dataclass
class Guest:
    """What a running server was started with.  drive: its config drive's bytes, under its name."""

    words: list[str]
    disk: pathlib.Path
    image: pathlib.Path
    drive: tuple[str, bytes]


def guest_of(server_id: str) -> Guest:
    """Return what a running server was started with."""
    words = command_line(server_id)
    disk = disk_of(words)
    told = ["qemu-img", "info", "-U", "--output=json", str(disk)]
    info = json.loads(subprocess.run(told, check=True, capture_output=True).stdout)
    image = pathlib.Path(info["full-backing-filename"])
    devices = [json.loads(value) for word, value in itertools.pairwise(words) if word == BLOCK]
    names = {device["filename"] for device in devices if "filename" in device}
    (drive,) = names - {str(disk), str(image)}
    return Guest(words, disk, image, (drive, pathlib.Path(drive).read_bytes()))


def time_by_hand(guest: Guest) -> float:
    """Return the seconds from starting QEMU to ssh's banner."""
    with tempfile.TemporaryDirectory(prefix="cumulet-bench-") as place:
        overlay, drive = pathlib.Path(place, "disk"), pathlib.Path(place, "drive")
        make = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw"]
        make += ["-b", str(guest.image), str(overlay)]
        subprocess.run(make, check=True)
        drive.write_bytes(guest.drive[1])
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        files = {str(guest.disk): str(overlay), guest.drive[0]: str(drive)}
        command = by_hand(guest.words, files, port)
        began = time.monotonic()
        started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            return cloud.banner("127.0.0.1", port, began)
        finally:
            started.kill()
            started.wait()


def main(count: int = 5, image: str = "tiny-kvm", flavor: str = "tiny") -> None:
    """Boot COUNT times each way, in turn, and print the figures and their ratio."""
    seen: list[Guest] = []
    served, handmade = [], []
    with cloud.place() as where:
        cloud.boot(
            where, image, flavor, lambda server: seen.append(guest_of(server)), config_drive=True
        )
        for _ in range(count):
            served.append(cloud.boot(where, image, flavor, config_drive=True))
            handmade.append(time_by_hand(seen[0]))
    ssh = [value for _, value in served]
    cloud.report(
        benchmark="kvm_boot",
        bars={"active_p50": 1.5, "ratio": 1.3},
        active_s=cloud.summary([active for active, _ in served]),
        ssh_s=cloud.summary(ssh),
        by_hand_s=cloud.summary(handmade),
        ratio=round(statistics.median(ssh) / statistics.median(handmade), 2),
    )


if __name__ == "__main__":
    main(*[int(word) if word.isdigit() else word for word in sys.argv[1:]])  # type: ignore[arg-type]
