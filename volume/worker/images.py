"""Images on their way into and out of the pool."""

import pathlib
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from volume.clients import ImageService
from volume.drivers.base import Image


class Transit:
    """directory: where bytes stay while they are on their way."""

    def __init__(self, directory: pathlib.Path, images: ImageService) -> None:
        self._directory = directory
        self.images = images

    def clean(self) -> None:
        """Remove what an earlier process left half done."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._directory.iterdir():
            leftover.unlink(missing_ok=True)

    @contextmanager
    def place(self) -> Iterator[pathlib.Path]:
        """Yield a path for a file that is gone afterwards."""
        path = self._directory / uuid.uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def fetched(self, source: Mapping[str, Any]) -> Iterator[Image]:
        """Yield an image's bytes.  source: as in contract.CreateVolume.

        Raises ServiceFailed, ServiceSilent, ImageCorrupt.
        """
        with self.place() as path:
            self.images.download(
                source["id"], path, algorithm=source["hash_algo"], wanted=source["checksum"]
            )
            yield Image(source["id"], source["checksum"], source["disk_format"], path)
