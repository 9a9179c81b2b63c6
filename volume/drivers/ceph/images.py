"""What is done with the images of a pool, by name; see volume.drivers.ceph.driver for the names.

An image that cannot go yet, since copies share its bytes or it has a snapshot that was given up, is
set aside under a name that ends with `.deleted`, and goes with the last of them.
"""

import contextlib
import pathlib
import uuid
from collections.abc import Iterator
from typing import Any

from volume.drivers.base import PoolFault
from volume.drivers.ceph.pool import Pool
from volume.drivers.sparse import CHUNK, chunks

ASIDE = ".deleted"


class Images:
    """The images of one pool.  All methods raise PoolFault."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def names(self) -> set[str]:
        """Return the names of all images."""
        with self._pool.asking() as io:
            return set(self._pool.rbd.RBD().list(io))

    @contextlib.contextmanager
    def opened(
        self, name: str, *, snap: str | None = None, writable: bool = False
    ) -> Iterator[Any | None]:
        """Yield an image, or one of its snapshots, as the library has it; None: there is none."""
        with self._pool.asking() as io, contextlib.ExitStack() as stack:
            try:
                image = self._pool.rbd.Image(io, name, snapshot=snap, read_only=not writable)
            except self._pool.rbd.ImageNotFound:
                image = None
            else:
                stack.enter_context(image)
            yield image

    def size(self, name: str, snap: str | None = None) -> int | None:
        """Return how large an image is, bytes, or None without it."""
        with self.opened(name, snap=snap) as image:
            return None if image is None else int(image.size())

    def create(self, name: str, size: int) -> None:
        """Make an empty image; one that is there stays as it is."""
        with self._pool.asking() as io, contextlib.suppress(self._pool.rbd.ImageExists):
            self._pool.rbd.RBD().create(io, name, size, old_format=False)

    def clone(self, parent: str, snap: str, name: str, size: int) -> None:
        """Have an image that shares a snapshot's bytes, as large as that or larger."""
        with self._pool.asking() as io, contextlib.suppress(self._pool.rbd.ImageExists):
            self._pool.rbd.RBD().clone(io, parent, snap, io, name)
        self.grow(name, size)

    def grow(self, name: str, size: int) -> None:
        """Have an image as large, if it is there and smaller."""
        with self.opened(name, writable=True) as image:
            if image is not None and image.size() < size:
                image.resize(size)

    def rename(self, name: str, new: str) -> bool:
        """Give an image another name; tell whether that was free, or nobody has the old one."""
        with self._pool.asking() as io:
            try:
                self._pool.rbd.RBD().rename(io, name, new)
            except self._pool.rbd.ImageNotFound:
                return True
            except self._pool.rbd.ImageExists:
                return False
        return True

    def remove(self, name: str) -> None:
        """Remove an image, and what it was copied from if that waited for it; or set it aside."""
        parent = self._parent(name)
        rbd = self._pool.rbd
        with self._pool.asking() as io:
            try:
                rbd.RBD().remove(io, name)
            except rbd.ImageNotFound:
                return
            except rbd.ImageBusy as error:
                reason = "Something has the volume still open; once that is gone it can be removed."
                raise PoolFault(reason=reason) from error
            except rbd.ImageHasSnapshots:
                if not name.endswith(ASIDE):
                    rbd.RBD().rename(io, name, f"{name}.{uuid.uuid4().hex[:8]}{ASIDE}")
                return
        if parent.endswith(ASIDE):
            self.remove(parent)

    def _parent(self, name: str) -> str:
        """Return the name of the image that one shares bytes of; empty: none."""
        with self.opened(name) as image:
            if image is None:
                return ""
            try:
                return str(image.get_parent_image_spec()["image_name"])
            except self._pool.rbd.ImageNotFound:
                return ""

    def snap(self, name: str, snap: str) -> bool:
        """Have a snapshot of an image; tell whether there is such an image."""
        with self.opened(name, writable=True) as image:
            if image is None:
                return False
            with contextlib.suppress(self._pool.rbd.ImageExists):
                image.create_snap(snap)
        return True

    def unsnap(self, name: str, snap: str) -> None:
        """Remove a snapshot, if it is there; what copies share of it stays for them."""
        with self.opened(name, writable=True) as image:
            if image is not None:
                with contextlib.suppress(self._pool.rbd.ImageNotFound):
                    image.remove_snap(snap)

    def rollback(self, name: str, snap: str) -> None:
        """Let an image hold again what it held when it was snapshotted, and be as large."""
        with self.opened(name, writable=True) as image:
            if image is not None:
                image.rollback_to_snap(snap)

    def has_snap(self, name: str, snap: str) -> bool:
        """Tell whether an image has a snapshot."""
        return self.size(name, snap) is not None

    def rename_snap(self, name: str, snap: str, new: str) -> None:
        """Give a snapshot another name, if it has the old one."""
        with self.opened(name, snap=snap, writable=False) as found:
            if found is None:
                return
        with self.opened(name, writable=True) as image:
            if image is not None:
                image.rename_snap(snap, new)

    def has_copies(self, name: str) -> bool:
        """Tell whether any image shares this one's bytes."""
        with self.opened(name) as image:
            return image is not None and next(iter(image.list_descendants()), None) is not None

    def read(self, name: str, target: pathlib.Path, snap: str | None = None) -> None:
        """Make a raw file of what an image, or one of its snapshots, holds."""
        with self.opened(name, snap=snap) as image, open(target, "wb") as file:
            if image is None:
                return
            size = int(image.size())
            file.truncate(size)
            extents: list[tuple[int, int]] = []

            def take(at: int, length: int, there: bool) -> None:
                if there:
                    extents.append((at, length))

            image.diff_iterate(0, size, None, take)
            for at, length in extents:
                for begin in range(at, at + length, CHUNK):
                    file.seek(begin)
                    file.write(image.read(begin, min(CHUNK, at + length - begin)))

    def write(self, name: str, source: pathlib.Path, size: int) -> None:
        """Let an image hold what a raw file does, and nothing else.  size: bytes, at least."""
        with self.opened(name, writable=True) as image:
            if image is None:
                return
            image.resize(0)
            image.resize(max(size, source.stat().st_size))
            for number, content in chunks(source):
                image.write(content, number * CHUNK)
            image.flush()
