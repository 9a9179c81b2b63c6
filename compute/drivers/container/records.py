"""What a host remembers of a guest: one JSON file in the guest's directory."""

import dataclasses
import json
import os
import pathlib
from typing import Any

from common import rbd
from common.nbd import Remote
from compute.drivers.base import Disk, FixedAddress, GuestMissing, GuestSpec, Nic

_FILE = "guest.json"


@dataclasses.dataclass(frozen=True)
class Guest:
    """One guest as it was ordered.

    image_key: of the unpacked image; empty when it boots from a volume.
    complete: False while its creation is under way.
    rescue_key: of the unpacked image that it boots from in place of its own; empty: none.
    rewired: whether its ports changed since its files were told of them.
    """

    server_id: str
    hostname: str
    vcpus: int
    memory_mib: int
    disk_gib: int
    image_key: str
    nics: tuple[Nic, ...] = ()
    complete: bool = False
    rewired: bool = False
    rescue_key: str = ""
    disks: tuple[Disk, ...] = ()

    @property
    def root_disk(self) -> Disk | None:
        """The volume that it boots from; None: a disk of its own."""
        return next((disk for disk in self.disks if disk.boot_index == 0), None)

    @property
    def devices(self) -> tuple[Disk, ...]:
        """The volumes that it sees as devices."""
        return tuple(disk for disk in self.disks if disk.boot_index != 0)

    @classmethod
    def of(cls, spec: GuestSpec, image_key: str) -> "Guest":
        return cls(
            server_id=spec.server_id,
            hostname=spec.hostname,
            vcpus=spec.vcpus,
            memory_mib=spec.memory_mib,
            disk_gib=spec.disk_gib,
            image_key=image_key,
            nics=spec.nics,
            disks=spec.disks,
        )


class Records:
    """directory: holds one directory for each guest, named by its server's id."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def path(self, server_id: str) -> pathlib.Path:
        return self._directory / server_id

    def save(self, guest: Guest) -> None:
        path = self.path(guest.server_id)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path / (_FILE + ".new")
        draft.write_text(json.dumps(dataclasses.asdict(guest), default=str))
        os.replace(draft, path / _FILE)

    def find(self, server_id: str) -> Guest | None:
        """Return what is known of the guest, complete or not."""
        try:
            return _guest(json.loads((self.path(server_id) / _FILE).read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def get(self, server_id: str) -> Guest:
        """Return a complete guest.  Raises GuestMissing."""
        guest = self.find(server_id)
        if guest is None or not guest.complete:
            raise GuestMissing(server_id=server_id)
        return guest

    def list(self) -> list[str]:
        """Return every server id that has a directory here."""
        try:
            return sorted(one.name for one in self._directory.iterdir() if one.is_dir())
        except FileNotFoundError:
            return []


def _guest(facts: dict[str, Any]) -> Guest:
    nics = tuple(_nic(nic) for nic in facts.pop("nics"))
    disks = tuple(disk_of(disk) for disk in facts.pop("disks", ()))
    return Guest(nics=nics, disks=disks, **facts)


def disk_of(facts: dict[str, Any]) -> Disk:
    """Return a volume that was written down as its fields."""
    key, remote = facts.pop("key", None), facts.pop("remote", None)
    path = pathlib.Path(facts.pop("path"))
    return Disk(
        path=path,
        key=pathlib.Path(key) if key else None,
        remote=_remote(remote) if remote else None,
        **facts,
    )


def _nic(facts: dict[str, Any]) -> Nic:
    addresses = []
    for address in facts.pop("addresses"):
        servers = tuple(address.pop("dns_servers"))
        routes = tuple((there, via) for there, via in address.pop("routes"))
        addresses.append(FixedAddress(dns_servers=servers, routes=routes, **address))
    return Nic(addresses=tuple(addresses), **facts)


def _remote(facts: dict[str, Any]) -> Remote | rbd.Image:
    return rbd.Image(**facts) if "image" in facts else Remote(**facts)
