"""The host's image cache: each image's bytes once, verified, whole or not at all."""

import pathlib
import threading
from collections.abc import Mapping
from typing import Any

from compute.clients import ImageService
from compute.drivers.base import Image


class ImageCache:
    """Files named by image id and hash; who wants the same one waits for the one download."""

    def __init__(self, directory: pathlib.Path, images: ImageService) -> None:
        self._directory = directory
        self._images = images
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def fetch(self, wanted: Mapping[str, Any]) -> Image:
        """Return an image whose bytes are on this host.

        wanted: as in contract.CreateServer.
        Raises ServiceFailed, ServiceSilent, ImageCorrupt.
        """
        path = self._directory / f"{wanted['id']}-{wanted['checksum'][:16] or 'unhashed'}"
        with self._guard:
            lock = self._locks.setdefault(path.name, threading.Lock())
        with lock:
            if not path.exists():
                self._directory.mkdir(parents=True, exist_ok=True)
                self._images.download(
                    wanted["id"], path, algorithm=wanted["hash_algo"], wanted=wanted["checksum"]
                )
        return Image(
            image_id=wanted["id"],
            checksum=wanted["checksum"],
            disk_format=wanted["disk_format"],
            path=path,
            size=wanted["size"],
            properties=wanted["properties"],
        )
