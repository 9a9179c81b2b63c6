"""The host's image cache: each image's bytes once, verified, whole or not at all."""

import logging
import os
import pathlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from common.errors import CloudError
from compute.clients import ImageService
from compute.drivers.base import Image
from compute.worker.guests import Guests

LOG = logging.getLogger(__name__)
FRESH_S = 30.0
ID_LENGTH = 36


class ImageCache:
    """Files named by image id and hash; who wants the same one waits for the one download."""

    def __init__(self, directory: pathlib.Path, images: ImageService) -> None:
        self._directory = directory
        self._images = images
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def fetch(self, wanted: Mapping[str, Any]) -> Image:
        """Return an image whose bytes are on this host.

        wanted: as in contract.CreateServer; one without an id has no bytes.
        Raises ServiceFailed, ServiceSilent, ImageCorrupt.
        """
        if not wanted["id"]:
            properties = wanted.get("properties", {})
            return Image("", "", "", self._directory, properties=properties)
        path = self._directory / f"{wanted['id']}-{wanted['checksum'][:16] or 'unhashed'}"
        with self._guard:
            lock = self._locks.setdefault(path.name, threading.Lock())
        with lock:
            if path.exists():
                os.utime(path)
            else:
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

    def forget_deleted(self, guests: Guests) -> None:
        """Remove the bytes of images that are deleted and that no guest of this host needs.

        guests: asked which images they need, and told to forget theirs too.
        """
        files = self._files()
        found = {path.name[:ID_LENGTH] for path in files}
        found -= {path.name[:ID_LENGTH] for path in files if _is_fresh(path)}
        try:
            unused = found - guests.images() if found else set()
            gone = [image_id for image_id in unused if self._images.status(image_id) is None]
        except CloudError as error:
            LOG.info("the cache of images is looked through later: %s", error)
            return
        for image_id in gone:
            LOG.info("image %s is deleted, and leaves this host's cache", image_id)
            guests.forget_image(image_id)
            for path in files:
                if path.name.startswith(image_id):
                    path.unlink(missing_ok=True)

    def _files(self) -> list[pathlib.Path]:
        if not self._directory.is_dir():
            return []
        return [path for path in self._directory.iterdir() if path.is_file()]


def _is_fresh(path: pathlib.Path) -> bool:
    """Say whether somebody who asked for the file just now may not have opened it yet."""
    try:
        return time.time() - path.stat().st_mtime < FRESH_S
    except FileNotFoundError:
        return True
