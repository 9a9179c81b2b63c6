"""Images on their way into and out of the pool."""

import logging
import pathlib
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from common.errors import CloudError
from volume.clients import ImageService
from volume.drivers import roots
from volume.drivers.base import Driver, Image
from volume.drivers.images import GIB

LOG = logging.getLogger(__name__)


class Transit:
    """directory: where bytes stay while they are on their way."""

    def __init__(self, directory: pathlib.Path, images: ImageService) -> None:
        self._directory = directory
        self.images = images

    def clean(self) -> None:
        """Remove what an earlier process left half done."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._directory.iterdir():
            _remove(leftover)

    def forget_deleted(self, driver: Driver) -> None:
        """Remove what the pool keeps of images that are deleted and that no volume needs."""
        try:
            gone = [one for one in driver.unused_images() if self.images.status(one) is None]
        except CloudError as error:
            LOG.info("what images left behind is looked through later: %s", error)
            return
        for image_id in gone:
            LOG.info("image %s is deleted, and leaves this host's pool", image_id)
            driver.forget_image(image_id)

    @contextmanager
    def place(self) -> Iterator[pathlib.Path]:
        """Yield a path for a file that is gone afterwards."""
        path = self._directory / uuid.uuid4().hex
        try:
            yield path
        finally:
            _remove(path)

    @contextmanager
    def fetched(self, source: Mapping[str, Any], driver: Driver, size_gib: int) -> Iterator[Image]:
        """Yield an image's bytes as a disk, what the pool has of it if that will do.

        source: as in contract.CreateVolume.  size_gib: of the volume that it is for.
        Raises ImageRejected, PoolFault, ServiceFailed, ServiceSilent, ImageCorrupt.
        """
        kept = driver.kept_image(source["id"], source["checksum"])
        if kept is not None:
            yield kept
            return
        with self.place() as path:
            self.images.download(
                source["id"], path, algorithm=source["hash_algo"], wanted=source["checksum"]
            )
            image = Image(source["id"], source["checksum"], source["disk_format"], path)
            if not source.get("root"):
                yield image
                return
            with self.place() as tree, self.place() as disk:
                yield roots.make(image, tree, disk, limit=size_gib * GIB)


def _remove(path: pathlib.Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
