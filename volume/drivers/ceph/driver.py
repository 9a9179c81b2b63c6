"""The driver: which image of the pool, and which of its snapshots, is whose.

| name | what |
|---|---|
| `volume-<id>` | a volume; its snapshots are called `snapshot-<id>` |
| `image-<image id>-<checksum>` | an image's content; volumes are copies of its snapshot `base` |
| `part-<host>-<uuid>` | what a host is making, or left |
| `... .deleted` | what went, and others share bytes of |

Other images of the pool wait to become volumes.  The pool's notes say which volume a snapshot is
of (`snapshot.<id>`), which volumes were given up (`left.<name>`), when an image was last asked for
(`image.<name>`), and which copies are being made by whom (`copy.<id>`).
"""

import contextlib
import os
import pathlib
import shutil
import uuid
from collections.abc import Iterator
from typing import ClassVar

from volume.drivers.base import (
    PLAIN_NAME,
    Content,
    Figures,
    Image,
    PoolFault,
    SnapshotMissing,
    Spec,
    VolumeMissing,
)
from volume.drivers.ceph.bases import BASE, IMAGE, PART, Bases
from volume.drivers.ceph.images import ASIDE, Images
from volume.drivers.ceph.pool import Pool
from volume.drivers.keys import Keys
from volume.drivers.pools import ContentPool
from volume.drivers.qemu_img import GIB, Tool

VOLUME = "volume-"
OURS = (VOLUME, IMAGE, PART)


class RbdDriver(ContentPool):
    """scratch: a directory for files on their way, with room for a volume's content.

    host: ours; others may use the pool, too.  timeout_s: how long reading an image may take.
    """

    protocol: ClassVar[str] = "ceph"

    def __init__(
        self, pool: Pool, scratch: pathlib.Path, keys: Keys, *, host: str, timeout_s: float
    ) -> None:
        self._pool = pool
        self._images = Images(pool)
        self._scratch = scratch
        self._host = host
        self._tool = Tool(timeout_s, keys)
        self._bases = Bases(pool, self._images, self._tool, self._file, host=host)
        self._sizes: dict[str, int] = {}

    def probe(self) -> None:
        if shutil.which("qemu-img") is None:
            raise PoolFault(reason="qemu-img is not installed; the package qemu-utils has it.")
        self._pool.check()

    def facts(self) -> dict[str, object]:
        """Return how guests' hosts reach the pool; no key, which they have themselves."""
        addresses = [one["public_addr"].partition("/")[0] for one in self._pool.monitors()]
        parted = [address.rpartition(":") for address in addresses]
        where = self._pool.where
        return {
            "rbd": {
                "pool": where.pool,
                "hosts": [host.strip("[]") for host, _, _ in parted],
                "ports": [port for _, _, port in parted],
                "conf": str(where.conf),
                "cluster_name": "ceph",
                "auth_enabled": "cephx" in self._pool.setting("auth_client_required"),
                "auth_username": where.user,
                "secret_type": "ceph",
                "secret_uuid": where.secret or None,
            }
        }

    def figures(self) -> Figures:
        for pool in self._pool.told("df")["pools"]:
            if pool["name"] == self._pool.where.pool:
                free, used = pool["stats"]["max_avail"], pool["stats"].get("stored", 0)
                return Figures(round((free + used) / GIB, 2), round(free / GIB, 2))
        raise PoolFault(reason=f"Ceph has no pool {self._pool.where.pool}.")

    def create(self, volume_id: str, size_gib: int, spec: Spec) -> None:
        _refuse(spec)
        self._images.create(f"{VOLUME}{volume_id}", size_gib * GIB)

    def create_from_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        _refuse(spec)
        name = f"{VOLUME}{volume_id}"
        if self._images.size(name) is None:
            base = self._bases.base(image, size_gib)
            self._images.clone(base, BASE, name, size_gib * GIB)
        self._images.grow(name, size_gib * GIB)

    def create_from_snapshot(
        self, volume_id: str, size_gib: int, snapshot_id: str, spec: Spec
    ) -> None:
        _refuse(spec)
        parent, snap = self._snapshot(snapshot_id)
        self._images.clone(parent, snap, f"{VOLUME}{volume_id}", size_gib * GIB)

    def clone(self, volume_id: str, size_gib: int, source_id: str, spec: Spec) -> None:
        _refuse(spec)
        name, source, snap = f"{VOLUME}{volume_id}", self._volume(source_id), f"copy-{volume_id}"
        if self._images.size(name) is None:
            self._pool.note(f"copy.{volume_id}", f"{self._host} {source}")
            self._images.unsnap(source, snap)
            self._images.snap(source, snap)
            self._images.clone(source, snap, name, size_gib * GIB)
        self._images.grow(name, size_gib * GIB)
        self._copied(volume_id)

    def _copied(self, volume_id: str) -> None:
        """Remove the snapshot that a copy was made by, if there was one."""
        note = self._pool.note_of(f"copy.{volume_id}")
        if note is not None:
            self._images.unsnap(note.partition(" ")[2], f"copy-{volume_id}")
            self._pool.forget(f"copy.{volume_id}")

    def delete(self, volume_id: str) -> None:
        self._copied(volume_id)
        self._images.remove(f"{VOLUME}{volume_id}")

    def extend(self, volume_id: str, size_gib: int) -> None:
        self._images.grow(self._volume(volume_id), size_gib * GIB)

    def convert(self, volume_id: str, spec: Spec) -> None:
        """An image is kept in one way only."""
        _refuse(spec)
        self._volume(volume_id)

    def replace_by_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        _refuse(spec)
        name = self._volume(volume_id)
        base = self._bases.base(image, size_gib)
        with self._file() as raw:
            self._images.read(base, raw, BASE)
            self._images.write(name, raw, size_gib * GIB)

    def snapshot(self, volume_id: str, snapshot_id: str) -> None:
        name = self._volume(volume_id)
        self._pool.note(f"snapshot.{snapshot_id}", name)
        self._images.snap(name, _snap(snapshot_id))

    def delete_snapshot(self, snapshot_id: str) -> None:
        name = self._pool.note_of(f"snapshot.{snapshot_id}")
        if name is not None:
            self._images.unsnap(name, _snap(snapshot_id))
            self._pool.forget(f"snapshot.{snapshot_id}")

    def revert(self, volume_id: str, snapshot_id: str, size_gib: int) -> None:
        name, (_, snap) = self._volume(volume_id), self._snapshot(snapshot_id)
        self._images.rollback(name, snap)
        self._images.grow(name, size_gib * GIB)

    @contextlib.contextmanager
    def content(self, kind: str, one_id: str) -> Iterator[Content]:
        known = self._snapshot(one_id) if kind == "snapshot" else (self._volume(one_id), None)
        with self._file() as raw:
            self._images.read(known[0], raw, known[1])
            yield Content(raw, encrypted=False)

    @contextlib.contextmanager
    def replacing(self, volume_id: str, size_gib: int, spec: Spec) -> Iterator[pathlib.Path]:
        _refuse(spec)
        name = f"{VOLUME}{volume_id}"
        with self._file() as raw:
            raw.touch(mode=0o600)
            os.truncate(raw, size_gib * GIB)
            yield raw
            if self._images.size(name) is None:
                self._bases.become(name, raw, size_gib * GIB)
            else:
                self._images.write(name, raw, size_gib * GIB)

    @contextlib.contextmanager
    def _file(self) -> Iterator[pathlib.Path]:
        """Yield the path of a file that may be made, and is gone afterwards."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._scratch / uuid.uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def manage(self, volume_id: str, name: str) -> tuple[int, str]:
        ours = f"{VOLUME}{volume_id}"
        size = self._images.size(ours)
        if size is None:
            waiting = self._waiting()
            if name not in waiting or not PLAIN_NAME.fullmatch(name):
                found = ", ".join(sorted(waiting)[:20]) or "nothing"
                raise PoolFault(reason=f"The pool has no image {name} that waits; it has {found}.")
            self._images.rename(name, ours)
            size = self._images.size(ours) or 0
        self._pool.forget(f"left.{name}")
        gib = max(1, -(-size // GIB))
        self._images.grow(ours, gib * GIB)
        return gib, "raw"

    def _waiting(self) -> set[str]:
        """Return the names of the images that are nobody's."""
        names = self._images.names()
        foreign = {name for name in names if not name.startswith(OURS) and ASIDE not in name}
        return foreign | (names & set(self._pool.noted("left.")))

    def importable(self) -> list[tuple[str, int]]:
        waiting = sorted(self._waiting())
        self._sizes = {
            name: self._sizes.get(name) or self._images.size(name) or 0 for name in waiting
        }
        return [(name, max(1, -(-size // GIB))) for name, size in self._sizes.items()]

    def unmanage(self, volume_id: str, name: str) -> None:
        if not PLAIN_NAME.fullmatch(name):
            raise PoolFault(reason=f"{name!r} is no name for an image that waits.")
        if volume_id not in self.volumes():
            return
        self._pool.note(f"left.{name}", volume_id)
        if name != f"{VOLUME}{volume_id}" and not self._images.rename(f"{VOLUME}{volume_id}", name):
            raise PoolFault(reason=f"The pool has an image {name} already.")

    def manage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        volume = self._volume(volume_id)
        self._pool.note(f"snapshot.{snapshot_id}", volume)
        self._images.rename_snap(volume, name, _snap(snapshot_id))
        if not self._images.has_snap(volume, _snap(snapshot_id)):
            self._pool.forget(f"snapshot.{snapshot_id}")
            raise SnapshotMissing(snapshot_id=name)

    def unmanage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        self._images.rename_snap(f"{VOLUME}{volume_id}", _snap(snapshot_id), name)
        self._pool.forget(f"snapshot.{snapshot_id}")

    def kept_image(self, image_id: str, checksum: str) -> Image | None:
        return self._bases.kept(image_id, checksum)

    def unused_images(self) -> set[str]:
        return self._bases.unused()

    def forget_image(self, image_id: str) -> None:
        self._bases.forget(image_id)

    def volumes(self) -> set[str]:
        names = {one for one in self._images.names() if one.startswith(VOLUME) and ASIDE not in one}
        left = set(self._pool.noted("left."))
        return {name.removeprefix(VOLUME) for name in names - left}

    def snapshots(self) -> set[str]:
        return set(self._pool.noted("snapshot."))

    def recover(self) -> None:
        if self._scratch.exists():
            for path in self._scratch.iterdir():
                path.unlink()
        for volume_id, note in self._pool.noted("copy.").items():
            if note.partition(" ")[0] == self._host:
                self._copied(volume_id)
        for name in self._images.names():
            self._bases.clean(name)
            if name.endswith(ASIDE):
                self._images.remove(name)

    def _volume(self, volume_id: str) -> str:
        """Return the name of a volume's image.  Raises VolumeMissing."""
        name = f"{VOLUME}{volume_id}"
        if self._images.size(name) is None:
            raise VolumeMissing(volume_id=volume_id)
        return name

    def _snapshot(self, snapshot_id: str) -> tuple[str, str]:
        """Return the names of an image and of its snapshot.  Raises SnapshotMissing."""
        name = self._pool.note_of(f"snapshot.{snapshot_id}")
        if name is None or not self._images.has_snap(name, _snap(snapshot_id)):
            raise SnapshotMissing(snapshot_id=snapshot_id)
        return name, _snap(snapshot_id)


def _snap(snapshot_id: str) -> str:
    return f"snapshot-{snapshot_id}"


def _refuse(spec: Spec) -> None:
    """Raise PoolFault for what this driver does not do."""
    if spec.key_id:
        raise PoolFault(
            reason="The driver rbd does not encrypt; on a host with the driver file it would work."
        )
    if spec.wipe:
        raise PoolFault(
            reason="Ceph does not say which disks a byte has been on, so nothing is overwritten "
            "there; a type without wipe would work."
        )
