"""Volumes that take next to no room and no time: for tests, and for clouds with very many.

They have contents, which are copied, snapshotted and backed up, but no guest can use them.
"""

import contextlib
import dataclasses
import os
import pathlib
import time
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
from volume.drivers.images import fitting, known_as
from volume.drivers.keys import Keys
from volume.drivers.pools import ContentPool
from volume.drivers.qemu_img import GIB, Tool
from volume.drivers.shelf import IMAGES, IMPORTS, NAMED, SNAPSHOTS, VOLUMES, Kept, Shelf

TOTAL_GIB = float(1 << 20)
FRESH_S = 30.0
"""For how long an image may have been asked for by somebody who has not used it yet."""


class FakeDriver(ContentPool):
    """directory: the pool.  timeout_s: how long reading one image may take.  keys: not used."""

    protocol: ClassVar[str] = "fake"

    def __init__(self, directory: pathlib.Path, keys: Keys, *, timeout_s: float) -> None:
        self._shelf = Shelf(directory)
        self._tool = Tool(timeout_s, keys)

    def probe(self) -> None:
        """Every host will do."""

    def figures(self) -> Figures:
        sizes = [kept.size for name in self.volumes() if (kept := self._shelf.get(VOLUMES, name))]
        return Figures(total_gib=TOTAL_GIB, free_gib=max(0.0, TOTAL_GIB - sum(sizes) / GIB))

    def create(self, volume_id: str, size_gib: int, spec: Spec) -> None:
        self._become(volume_id, size_gib, spec, Kept(0, spec.format, {}))

    def create_from_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        if self._shelf.get(VOLUMES, volume_id) is None:
            self._become(volume_id, size_gib, spec, self._base(image, size_gib))

    def _base(self, image: Image, size_gib: int) -> Kept:
        """Return an image's content, read at the first use."""
        name = known_as(image.image_id, image.checksum)
        kept = self._shelf.get(IMAGES, name)
        if kept is not None and kept.size <= size_gib * GIB:
            return kept
        form = fitting(image, size_gib)
        with self._shelf.part() as part:
            self._tool.convert(image.path, form, part, "raw")
            return self._shelf.fill(IMAGES, name, part, 0, "raw")

    def create_from_snapshot(
        self, volume_id: str, size_gib: int, snapshot_id: str, spec: Spec
    ) -> None:
        self._become(volume_id, size_gib, spec, self._snapshot(snapshot_id))

    def clone(self, volume_id: str, size_gib: int, source_id: str, spec: Spec) -> None:
        self._become(volume_id, size_gib, spec, self._volume(source_id))

    def _become(self, volume_id: str, size_gib: int, spec: Spec, kept: Kept) -> None:
        """Make a volume of a content; one that exists stays as it is."""
        _refuse(spec)
        if self._shelf.get(VOLUMES, volume_id) is None:
            size = max(kept.size, size_gib * GIB)
            self._shelf.put(VOLUMES, volume_id, Kept(size, spec.format, kept.chunks))

    def delete(self, volume_id: str) -> None:
        self._shelf.drop(VOLUMES, volume_id)

    def extend(self, volume_id: str, size_gib: int) -> None:
        kept = self._volume(volume_id)
        if kept.size < size_gib * GIB:
            larger = dataclasses.replace(kept, size=size_gib * GIB)
            self._shelf.put(VOLUMES, volume_id, larger)

    def convert(self, volume_id: str, spec: Spec) -> None:
        _refuse(spec)
        kept = self._volume(volume_id)
        self._shelf.put(VOLUMES, volume_id, dataclasses.replace(kept, form=spec.format))

    def take_over(self, volume_id: str, other_id: str) -> None:
        self._volume(volume_id)
        kept = self._shelf.get(VOLUMES, other_id)
        if kept is not None:
            self._shelf.put(VOLUMES, volume_id, kept)
            self._shelf.drop(VOLUMES, other_id)

    def replace_by_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        self._volume(volume_id)
        _refuse(spec)
        base = self._base(image, size_gib)
        self._shelf.put(VOLUMES, volume_id, Kept(size_gib * GIB, spec.format, base.chunks))

    def snapshot(self, volume_id: str, snapshot_id: str) -> None:
        kept = self._volume(volume_id)
        if self._shelf.get(SNAPSHOTS, snapshot_id) is None:
            self._shelf.put(SNAPSHOTS, snapshot_id, kept)

    def delete_snapshot(self, snapshot_id: str) -> None:
        self._shelf.drop(SNAPSHOTS, snapshot_id)

    def revert(self, volume_id: str, snapshot_id: str, size_gib: int) -> None:
        self._volume(volume_id)
        kept = dataclasses.replace(self._snapshot(snapshot_id), size=size_gib * GIB)
        self._shelf.put(VOLUMES, volume_id, kept)

    @contextlib.contextmanager
    def content(self, kind: str, one_id: str) -> Iterator[Content]:
        kept = self._snapshot(one_id) if kind == "snapshot" else self._volume(one_id)
        with self._shelf.part() as part:
            self._shelf.write(kept, part)
            yield Content(part, encrypted=False)

    @contextlib.contextmanager
    def replacing(self, volume_id: str, size_gib: int, spec: Spec) -> Iterator[pathlib.Path]:
        _refuse(spec)
        with self._shelf.part() as part:
            part.touch()
            os.truncate(part, size_gib * GIB)
            yield part
            self._shelf.fill(VOLUMES, volume_id, part, size_gib * GIB, spec.format)

    def manage(self, volume_id: str, name: str) -> tuple[int, str]:
        kept = self._shelf.get(VOLUMES, volume_id)
        if kept is None:
            kept = self._shelf.get(IMPORTS, name)
            if kept is None:
                found = ", ".join(sorted(self._shelf.names(IMPORTS))) or "nothing"
                raise PoolFault(reason=f"Nothing waits under the name {name}; there is {found}.")
            self._shelf.put(VOLUMES, volume_id, kept)
        self._shelf.drop(IMPORTS, name)
        return max(1, -(-kept.size // GIB)), kept.form

    def importable(self) -> list[tuple[str, int]]:
        names = sorted(self._shelf.names(IMPORTS))
        found = [(name, self._shelf.get(IMPORTS, name)) for name in names]
        return [(name, max(1, -(-kept.size // GIB))) for name, kept in found if kept]

    def unmanage(self, volume_id: str, name: str) -> None:
        if not PLAIN_NAME.fullmatch(name):
            raise PoolFault(reason=f"{name!r} is no name for what waits to become a volume.")
        self._move(VOLUMES, volume_id, IMPORTS, name)

    def manage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        self._move(NAMED, f"{volume_id}.{name}", SNAPSHOTS, snapshot_id)
        if self._shelf.get(SNAPSHOTS, snapshot_id) is None:
            raise SnapshotMissing(snapshot_id=name)

    def unmanage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        self._move(SNAPSHOTS, snapshot_id, NAMED, f"{volume_id}.{name}")

    def _move(self, room: str, name: str, other: str, new: str) -> None:
        """Have a content in another room; where there is none stays all as it is."""
        kept = self._shelf.get(room, name)
        if kept is not None:
            self._shelf.put(other, new, kept)
            self._shelf.drop(room, name)

    def kept_image(self, image_id: str, checksum: str) -> Image | None:
        place = self._shelf.path(IMAGES, known_as(image_id, checksum))
        try:
            os.utime(place)
        except FileNotFoundError:
            return None
        return Image(image_id, checksum, "raw", place) if checksum else None

    def unused_images(self) -> set[str]:
        return {name[:36] for name in self._shelf.names(IMAGES) if self._age_s(name) > FRESH_S}

    def _age_s(self, name: str) -> float:
        return time.time() - self._shelf.path(IMAGES, name).stat().st_mtime

    def forget_image(self, image_id: str) -> None:
        for name in self._shelf.names(IMAGES):
            if name.startswith(image_id) and self._age_s(name) > FRESH_S:
                self._shelf.drop(IMAGES, name)

    def volumes(self) -> set[str]:
        return self._shelf.names(VOLUMES)

    def snapshots(self) -> set[str]:
        return self._shelf.names(SNAPSHOTS)

    def recover(self) -> None:
        self._shelf.clean()

    def _volume(self, volume_id: str) -> Kept:
        found = self._shelf.get(VOLUMES, volume_id)
        if found is None:
            raise VolumeMissing(volume_id=volume_id)
        return found

    def _snapshot(self, snapshot_id: str) -> Kept:
        found = self._shelf.get(SNAPSHOTS, snapshot_id)
        if found is None:
            raise SnapshotMissing(snapshot_id=snapshot_id)
        return found


def _refuse(spec: Spec) -> None:
    """Raise PoolFault for what this driver does not do."""
    if spec.key_id:
        raise PoolFault(
            reason="The driver fake does not encrypt; on a host with the driver file it would work."
        )
