"""What a pool keeps of the image service's images, so that volumes of them share bytes.

`image-<image id>-<checksum>` has a snapshot `base`, of which volumes are copies.  When it was last
asked for is in the pool's notes, by its name.
"""

import contextlib
import pathlib
import time
import uuid
from collections.abc import Callable

from volume.drivers.base import Image, ImageRejected, PoolFault
from volume.drivers.ceph.images import Images
from volume.drivers.ceph.pool import Pool
from volume.drivers.images import fitting, known_as
from volume.drivers.qemu_img import GIB, Tool

IMAGE, PART, BASE = "image-", "part-", "base"
FRESH_S = 30.0
"""For how long an image may have been asked for by somebody who has not copied it yet."""


class Bases:
    """host: ours, by which is told what it left half made.

    raw_file: makes files for a while.
    """

    def __init__(
        self,
        pool: Pool,
        images: Images,
        tool: Tool,
        raw_file: Callable[[], contextlib.AbstractContextManager[pathlib.Path]],
        *,
        host: str,
    ) -> None:
        self._pool = pool
        self._images = images
        self._tool = tool
        self._raw_file = raw_file
        self._parts = f"{PART}{host}-"

    def base(self, image: Image, size_gib: int) -> str:
        """Return the name of what volumes from an image are copies of, made at first use.

        Raises ImageRejected, PoolFault.
        """
        name = f"{IMAGE}{known_as(image.image_id, image.checksum)}"
        size = self._images.size(name, BASE)
        if size is None:
            form = fitting(image, size_gib)
            self._asked_for(name)
            with self._raw_file() as raw:
                self._tool.convert(image.path, form, raw, "raw")
                self.become(name, raw, 0, snap=BASE)
        elif size > size_gib * GIB:
            reason = f"it needs a volume of {-(-size // GIB)} GiB."
            raise ImageRejected(image_id=image.image_id, reason=reason)
        self._asked_for(name)
        return name

    def _asked_for(self, name: str) -> None:
        """Note that somebody is about to copy what is kept of an image."""
        self._pool.note(f"image.{name}", str(int(time.time())))

    def become(self, name: str, raw: pathlib.Path, size: int, *, snap: str = "") -> None:
        """Have an image that holds what a raw file does, whole or not at all.

        size: bytes, at least.  snap: the snapshot it has from the beginning.  Raises PoolFault.
        """
        part = f"{self._parts}{uuid.uuid4()}"
        try:
            self._images.create(part, 0)
            self._images.write(part, raw, size)
            if snap:
                self._images.snap(part, snap)
            if not self._images.rename(part, name):
                self._drop(part)
        except PoolFault:
            with contextlib.suppress(PoolFault):
                self._drop(part)
            raise

    def _drop(self, name: str) -> None:
        self._images.unsnap(name, BASE)
        self._images.remove(name)

    def clean(self, name: str) -> None:
        """Remove an image if it is one that this host left half made."""
        if name.startswith(self._parts):
            self._drop(name)

    def kept(self, image_id: str, checksum: str) -> Image | None:
        """Return what there is of an image, which stays for a while, or None."""
        name = f"{IMAGE}{known_as(image_id, checksum)}"
        if not checksum or not self._images.has_snap(name, BASE):
            return None
        self._asked_for(name)
        return Image(image_id, checksum, "raw", pathlib.Path(name))

    def unused(self) -> set[str]:
        """Return the ids of images of which no volume is a copy, and that nobody asked for."""
        return {name.removeprefix(IMAGE)[:36] for name in self._unused()}

    def _unused(self) -> list[str]:
        now = time.time()
        noted = self._pool.noted("image.").items()
        old = [name for name, at in noted if now - float(at) > FRESH_S]
        return [name for name in old if not self._images.has_copies(name)]

    def forget(self, image_id: str) -> None:
        """Remove what there is of an image and no volume is a copy of."""
        for name in self._unused():
            if name.startswith(f"{IMAGE}{image_id}"):
                self._drop(name)
                self._pool.forget(f"image.{name}")
