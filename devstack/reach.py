"""Which volumes the guests of a host really have open, whatever any service says of them.

A KVM guest has what QEMU has open.  A container has the devices that are kept for it, by server and
what it calls them; each is a loop device on a file, or on what a storage daemon shows of one.
"""

import contextlib
import json
import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

from common import process
from devstack import leftovers, libvirt
from devstack.instance import Instance

Held = set[tuple[str, str]]
RUNNING = frozenset({"ACTIVE", "PAUSED"})


def complaints(cloud: Instance, servers: Iterable[Any], volumes: Iterable[Any]) -> Iterator[str]:
    """Yield where guests reach other volumes than they have, a sentence each."""
    servers, links = list(servers), _links(cloud)
    reached = set(_by_qemu(cloud, links)) | set(_by_devices(cloud, links))
    yield from differences(servers, volumes, set(links.values()), reached)
    yield from _loops(cloud)


def differences(
    servers: Iterable[Any], volumes: Iterable[Any], here: set[str], reached: Held
) -> Iterator[str]:
    """Yield what guests reach and have not, and the reverse.

    here: volumes of this host's pool.  reached: by server and volume.
    """
    settled = {volume.id for volume in volumes if volume.status == "in-use"} & here
    running = {one.id for one in servers if one.status in RUNNING and one.task_state is None}
    had = {(server.id, one["id"]) for server in servers for one in server.attached_volumes}
    for server_id, volume_id in sorted(reached - had):
        yield f"server {server_id} reaches volume {volume_id}, which it does not have"
    for server_id, volume_id in sorted(had - reached):
        if server_id in running and volume_id in settled:
            yield f"server {server_id} runs and does not reach its volume {volume_id}"


def _links(cloud: Instance) -> dict[str, str]:
    """Return the volumes of this host's pool by the file that each is written to."""
    place = cloud.state_dir / "volumes" / "volumes"
    if not place.is_dir():
        return {}
    names = [name for name in os.listdir(place) if not name.startswith(".")]
    return {os.path.realpath(place / name): name for name in names}


def _by_qemu(cloud: Instance, links: dict[str, str]) -> Iterator[tuple[str, str]]:
    for pid in libvirt.qemus(cloud.state_dir, cloud.tag):
        with contextlib.suppress(OSError, ValueError):
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            server_id = words[words.index("-uuid") + 1]
            for path in _open(pid) & links.keys():
                yield server_id, links[path]


def _open(pid: int) -> set[str]:
    """Return the files that a process has open."""
    found = set()
    for number in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/{pid}/fd/{number}"))
    return found


def _by_devices(cloud: Instance, links: dict[str, str]) -> Iterator[tuple[str, str]]:
    for note in leftovers.MOUNTS.glob(f"devices/{cloud.tag}/*/*/backing"):
        home = note.parent
        with contextlib.suppress(OSError, ValueError):
            paths = {note.read_text()}
            if (home / "pid").exists():
                paths |= _open(int((home / "pid").read_text()))
            for path in paths & links.keys():
                yield home.parent.name, links[path]


def _loops(cloud: Instance) -> Iterator[str]:
    """Yield loop devices on volumes that are kept for no guest."""
    kept = set()
    tops = leftovers.devices(cloud)
    for note in [note for top in tops for note in top.glob("*/*/backing")]:
        with contextlib.suppress(OSError):
            kept.add(note.read_text())
    listing = process.run(["losetup", "--list", "--json", "-O", "NAME,BACK-FILE"], timeout_s=10)
    for row in json.loads(listing or '{"loopdevices": []}')["loopdevices"]:
        backing = str(row["back-file"] or "").removesuffix(" (deleted)")
        ours = backing.startswith((f"{cloud.state_dir}/volumes/", *(f"{top}/" for top in tops)))
        if ours and backing not in kept:
            yield f"{row['name']} is on {backing}, and no guest has it"
