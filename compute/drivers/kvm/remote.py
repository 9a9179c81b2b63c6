"""Volumes of guests that other hosts hold: block devices of this host, while the guest is on.

What makes the device is that of containers; a definition names its node, which stays the same.
"""

import dataclasses
import json
import pathlib
from collections.abc import Sequence

from compute.drivers.base import Disk, GuestSpec
from compute.drivers.container.records import disk_of
from compute.drivers.container.volumes import Volumes

_ROOT = 0
"""QEMU runs as the host's root."""


class Remotes:
    """guests: the directory of all guests; what a guest has of other hosts is kept in its own."""

    def __init__(self, guests: pathlib.Path, volumes: Volumes) -> None:
        self._guests = guests
        self._volumes = volumes

    def known(self, server_id: str) -> dict[str, Disk]:
        """Return a guest's volumes that other hosts hold, by their ids."""
        try:
            rows = json.loads(self._record(server_id).read_text())
        except FileNotFoundError:
            return {}
        return {row["volume_id"]: disk_of(row) for row in rows}

    def note(self, server_id: str, disks: Sequence[Disk]) -> None:
        """Write down what a guest has, in place of what it had."""
        held = [dataclasses.asdict(disk) for disk in disks if disk.remote is not None]
        path = self._record(server_id)
        if not held and not path.exists():
            return
        part = path.with_suffix(".new")
        part.write_text(json.dumps(held, default=str))
        part.replace(path)

    def here(self, server_id: str, disk: Disk) -> Disk:
        """Return a volume as a definition names it: by its device on this host."""
        if disk.remote is None:
            return disk
        node = self._volumes.node(server_id, disk)
        return dataclasses.replace(disk, path=node, format="raw")

    def all_here(self, spec: GuestSpec) -> GuestSpec:
        """Return what to make a guest from, with its volumes as a definition names them."""
        disks = tuple(self.here(spec.server_id, disk) for disk in spec.disks)
        return dataclasses.replace(spec, disks=disks)

    def add(self, server_id: str, disk: Disk) -> None:
        """Write down that a guest has one more."""
        known = self.known(server_id) | {disk.volume_id: disk}
        self.note(server_id, list(known.values()))

    def hold(self, server_id: str, disk: Disk) -> None:
        """Have a volume's device; what has lost its way is made anew.  Raises GuestFault."""
        if self._volumes.lost(server_id, disk):
            self._volumes.release(server_id, disk)
        self._volumes.hold(server_id, disk, _ROOT)

    def hold_all(self, server_id: str) -> None:
        """Have the devices of a guest that is about to start.  Raises GuestFault."""
        for disk in self.known(server_id).values():
            self.hold(server_id, disk)

    def extend(self, server_id: str, disk: Disk, size: int) -> None:
        """Let a device be as large as its volume is now.  size: bytes.  Raises GuestFault."""
        if self._volumes.held(server_id, disk):
            self._volumes.extend(server_id, disk, size)

    def drop(self, server_id: str, volume_id: str) -> None:
        """Let go of a volume; a missing one is a success."""
        known = self.known(server_id)
        gone = known.pop(volume_id, None)
        if gone is not None:
            self._volumes.release(server_id, gone)
            self.note(server_id, list(known.values()))

    def rest(self, server_id: str) -> None:
        """Take the devices of a guest away that is off, or goes."""
        if self._volumes.guests() & {server_id}:
            self._volumes.release_all(server_id)

    def _record(self, server_id: str) -> pathlib.Path:
        return self._guests / server_id / "remote.json"
