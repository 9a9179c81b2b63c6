"""What each driver brings so that the one suite of tests can run against it.

A rig is a driver with its pool.  To add a driver, write a Rig and name it in RIGS; it skips, with
the reason, where the machine lacks something.
"""

import abc
import contextlib
import os
import pathlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from volume.drivers.base import Driver, Spec
from volume.drivers.ceph.driver import RbdDriver
from volume.drivers.ceph.images import Images
from volume.drivers.ceph.pool import Pool, Where
from volume.drivers.fake import FakeDriver
from volume.drivers.file import FileDriver
from volume.drivers.keys import Keys
from volume.drivers.layers import BASE


class Rig(abc.ABC):
    """A driver with a pool that the test may look at.

    spec: how its volumes are kept.  live: where a guest that uses a volume goes on once that has a
    snapshot: `elsewhere`, `here`, or `nowhere` when such snapshots are refused.
    """

    driver: Driver
    spec = Spec()
    live = "here"
    encrypts = False

    @abc.abstractmethod
    def restarted(self) -> Driver:
        """The same pool's driver as a new process would make it, not yet recovered."""

    @abc.abstractmethod
    def leftovers(self) -> set[str]:
        """The names of everything in the pool, but for what is kept of images."""

    @abc.abstractmethod
    def age_images(self) -> None:
        """Let an hour pass since any image was asked for."""


class FileRig(Rig):
    live = "elsewhere"
    encrypts = True

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self.driver = self.restarted()

    def restarted(self) -> Driver:
        pool, keys = self._directory / "pool", Keys(self._directory / "keys")
        return FileDriver(pool, keys, timeout_s=120)

    def leftovers(self) -> set[str]:
        rooms = ("volumes", "snapshots", "layers", "parts", "live", "named", "shown")
        found = {
            entry.name for room in rooms for entry in (self._directory / "pool" / room).iterdir()
        }
        kept = {entry.name for entry in (self._directory / "keys").iterdir()}
        return {name for name in found | kept if not name.startswith(BASE)}

    def age_images(self) -> None:
        for entry in (self._directory / "pool/layers").glob(f"{BASE}*"):
            _age(entry)


class RawRig(FileRig):
    spec = Spec(format="raw")
    live = "nowhere"


class FakeRig(Rig):
    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self.driver = self.restarted()

    def restarted(self) -> Driver:
        pool, keys = self._directory / "pool", Keys(self._directory / "keys")
        return FakeDriver(pool, keys, timeout_s=120)

    def leftovers(self) -> set[str]:
        rooms = ("volumes", "snapshots", "named", "parts")
        found = {
            entry.name for room in rooms for entry in (self._directory / "pool" / room).iterdir()
        }
        images = (self._directory / "pool/images").iterdir()
        needed = "".join(image.read_text() for image in images)
        chunks = (self._directory / "pool/chunks").iterdir()
        return found | {entry.name for entry in chunks if entry.name not in needed}

    def age_images(self) -> None:
        for entry in (self._directory / "pool/images").iterdir():
            _age(entry)


class RbdRig(Rig):
    def __init__(self, directory: pathlib.Path, where: Where) -> None:
        self._directory = directory
        self._where = where
        self._pools: list[Pool] = []
        self.driver = self.restarted()

    def restarted(self) -> Driver:
        self._pools.append(Pool(self._where))
        keys, scratch = Keys(self._directory / "keys"), self._directory / "scratch"
        return RbdDriver(self._pools[-1], scratch, keys, host="one", timeout_s=120)

    def leftovers(self) -> set[str]:
        images = {name for name in Images(self._pools[0]).names() if not name.startswith("image-")}
        notes = {name for name in self._pools[0].noted("") if not name.startswith("image.")}
        return images | notes | {one.name for one in self._directory.glob("scratch/*")}

    def age_images(self) -> None:
        for name in self._pools[0].noted("image."):
            self._pools[0].note(f"image.{name}", str(int(time.time() - 3700)))

    def close(self) -> None:
        """Remove all that the pool has."""
        pool = self._pools[0]
        with pool.asking() as io:
            for _ in range(10):
                for name in pool.rbd.RBD().list(io):
                    _purge(pool, io, name)
            for name in pool.noted(""):
                pool.forget(name)
            assert pool.rbd.RBD().list(io) == []
        for one in self._pools:
            one.close()


def _purge(pool: Pool, io: Any, name: str) -> None:
    with contextlib.suppress(pool.rbd.Error):
        with pool.rbd.Image(io, name) as image:
            for snap in list(image.list_snaps()):
                if "trash" not in snap:
                    image.remove_snap(snap["name"])
        pool.rbd.RBD().remove(io, name)


def _age(path: pathlib.Path) -> None:
    then = time.time() - 3700
    os.utime(path, (then, then))


@contextlib.contextmanager
def _plain(kind: Callable[[pathlib.Path], Rig], directory: pathlib.Path) -> Iterator[Rig]:
    yield kind(directory)


@contextlib.contextmanager
def _rbd(directory: pathlib.Path, where: Where) -> Iterator[Rig]:
    rig = RbdRig(directory, where)
    try:
        yield rig
    finally:
        rig.close()


RIGS: dict[str, Callable[..., contextlib.AbstractContextManager[Rig]]] = {
    "file": lambda directory: _plain(FileRig, directory),
    "file, raw": lambda directory: _plain(RawRig, directory),
    "fake": lambda directory: _plain(FakeRig, directory),
    "rbd": _rbd,
}
