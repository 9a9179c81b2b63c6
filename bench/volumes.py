"""Volumes: made, copied and snapshotted, and seen by guests of both kinds.

usage: OS_CLOUD=... python -m bench.volumes [COUNT]
"""

import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

from bench import cloud

SIZE_GIB = 10
LOOK = "while ! grep -q vdb /proc/partitions; do :; done; echo seen"
SSH = (
    *("ssh", "-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
    *("-o", "ConnectTimeout=5", "-o", "ConnectionAttempts=30"),
)


def main(count: int = 10) -> None:
    """Do everything COUNT times, one after the other, and print the figures."""
    with cloud.place() as where:
        storage = where.cloud.block_storage
        found = {name: [] for name in ("create", "clone", "snapshot")}  # type: ignore[var-annotated]
        for _ in range(count):
            for name, seconds in _made(storage).items():
                found[name].append(seconds)
        seen = {kind: _attached(where, f"tiny-{kind}", count) for kind in ("container", "kvm")}
    cloud.report(
        benchmark="volumes",
        bars={"made_p50": 0.15, "seen_p50": {"container": 0.5, "kvm": 1.0}},
        available_s={name: cloud.summary(values) for name, values in found.items()},
        seen_in_guest_s={kind: cloud.summary(values) for kind, values in seen.items()},
    )


def _made(storage: Any) -> dict[str, float]:
    """Make a volume, a snapshot and a copy of it, and remove them; return the seconds of each."""
    with contextlib.ExitStack() as undo:
        volume, create = timed(lambda: storage.create_volume(size=SIZE_GIB), storage.get_volume)
        undo.callback(removed, storage.delete_volume, storage.get_volume, volume)
        kept, snapshot = timed(
            lambda: storage.create_snapshot(volume_id=volume.id), storage.get_snapshot
        )
        undo.callback(removed, storage.delete_snapshot, storage.get_snapshot, kept)
        copy, clone = timed(
            lambda: storage.create_volume(size=SIZE_GIB, source_id=volume.id), storage.get_volume
        )
        undo.callback(removed, storage.delete_volume, storage.get_volume, copy)
    return {"create": create, "snapshot": snapshot, "clone": clone}


def timed(make: Callable[[], Any], show: Callable[[Any], Any]) -> tuple[Any, float]:
    began = time.monotonic()
    made = make()
    wait(lambda: show(made.id).status, "available")
    return made, time.monotonic() - began


def wait(look: Callable[[], str], wanted: str) -> None:
    deadline = time.monotonic() + cloud.DEADLINE_S
    while (status := look()) != wanted:
        if status.startswith("error") or time.monotonic() > deadline:
            raise SystemExit(f"waited for {wanted}, and it is {status}")
        time.sleep(0.005)


def removed(delete: Callable[[Any], Any], show: Callable[[Any], Any], one: Any) -> None:
    delete(one)
    deadline = time.monotonic() + cloud.DEADLINE_S
    with contextlib.suppress(Exception):
        while show(one.id) and time.monotonic() < deadline:
            time.sleep(0.02)


def _attached(where: cloud.Place, image: str, count: int) -> list[float]:
    """Return the seconds from each attach until the guest itself lists the disk."""
    storage, compute = where.cloud.block_storage, where.cloud.compute
    volume, _ = timed(lambda: storage.create_volume(size=1), storage.get_volume)
    found = []
    try:
        with guest(where, image) as (server, login):
            for _ in range(count):
                with subprocess.Popen([*login, LOOK], stdout=subprocess.PIPE) as looking:
                    time.sleep(1.0)
                    began = time.monotonic()
                    compute.create_volume_attachment(server, volume_id=volume.id)
                    assert looking.stdout is not None
                    looking.stdout.readline()
                    found.append(time.monotonic() - began)
                wait(lambda: storage.get_volume(volume.id).status, "in-use")
                compute.delete_volume_attachment(server, volume.id)
                wait(lambda: storage.get_volume(volume.id).status, "available")
    finally:
        removed(storage.delete_volume, storage.get_volume, volume)
    return found


@contextlib.contextmanager
def guest(where: cloud.Place, image: str, flavor: str = "tiny") -> Iterator[tuple[Any, list[str]]]:
    """Run a server, and give it with the command that logs in to it."""
    compute = where.cloud.compute
    with tempfile.TemporaryDirectory() as place, where.door() as (port, address):
        key = pathlib.Path(place, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        public = key.with_suffix(".pub").read_text()
        name = f"{where.key_name}-login"
        compute.create_keypair(name=name, public_key=public)
        server = compute.create_server(
            name="bench",
            image_id=where.cloud.image.find_image(image, ignore_missing=False).id,
            flavor_id=compute.find_flavor(flavor, ignore_missing=False).id,
            networks=[{"port": port.id}],
            key_name=name,
        )
        try:
            cloud.banner(address, 22, time.monotonic())
            yield server, [*SSH, "-i", str(key), f"cloud@{address}"]
        finally:
            compute.delete_server(server)
            compute.wait_for_delete(server, interval=0.2, wait=60)
            compute.delete_keypair(name)


if __name__ == "__main__":
    main(*[int(word) for word in sys.argv[1:]])
