"""Unpacked images: one read-only tree for each image, made once on this host."""

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator

from common import archive
from compute.drivers.base import GuestFault, Image, ImageRejected
from compute.drivers.container import syscalls

_SIZE, _ID = "size", "image"
_TREE = "root"


class Images:
    """directory: of this host's cache; only root may enter it, for it holds setuid files."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    @staticmethod
    def key(image: Image) -> str:
        """Return the name that this image's bytes have in the cache."""
        return hashlib.sha256(f"{image.image_id}/{image.checksum}".encode()).hexdigest()[:32]

    def tree(self, key: str) -> pathlib.Path:
        """Return where the unpacked image lies."""
        return self._directory / key / _TREE

    def ensure(self, image: Image, *, limit: int) -> str:
        """Unpack the image unless that was done before; return its key.

        limit: bytes of the flavor's disk, which the unpacked image must not exceed.
        Raises ImageRejected, GuestFault.
        """
        key = self.key(image)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self._directory / key).is_dir():
            if image.disk_format != "raw":
                raise ImageRejected(
                    image_id=image.image_id,
                    reason=f"a container needs a root file system archive of disk format raw, "
                    f"not {image.disk_format}.",
                )
            with self._lock(key):
                if not (self._directory / key).is_dir():
                    self._unpack(image, key, limit)
        size = int((self._directory / key / _SIZE).read_text())
        if size > limit:
            raise ImageRejected(
                image_id=image.image_id,
                reason=f"it needs {size >> 20} MiB and the flavor's disk has {limit >> 20} MiB.",
            )
        return key

    def image_of(self, key: str) -> str | None:
        """Return the id of the image that a tree was made of; None for a tree from before."""
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return (self._directory / key / _ID).read_text()
        return None

    def forget(self, image_id: str) -> None:
        """Remove an image's trees."""
        for entry in self._directory.iterdir() if self._directory.is_dir() else ():
            if self.image_of(entry.name) == image_id:
                with self._lock(entry.name):
                    shutil.rmtree(entry, ignore_errors=True)

    def sweep(self, keep: set[str]) -> None:
        """Remove what an unpacking that was cut off left behind.  keep: keys to leave alone."""
        for entry in self._directory.glob("new-*") if self._directory.is_dir() else ():
            if entry.name.split("-")[1] not in keep:
                shutil.rmtree(entry, ignore_errors=True)

    def _unpack(self, image: Image, key: str, limit: int) -> None:
        draft = pathlib.Path(tempfile.mkdtemp(prefix=f"new-{key}-", dir=self._directory))
        try:
            tree = draft / _TREE
            tree.mkdir(mode=0o755)
            size = archive.unpack(image.path, tree, limit=limit)
            archive.require_init(tree)
            (draft / _SIZE).write_text(str(size))
            (draft / _ID).write_text(image.image_id)
            syscalls.sync_filesystem(draft)
            os.rename(draft, self._directory / key)
        except archive.Unusable as error:
            raise ImageRejected(image_id=image.image_id, reason=str(error)) from error
        except OSError as error:
            raise GuestFault(reason=f"Image {image.image_id} was not unpacked: {error}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @contextlib.contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        """One unpacking of an image at a time, across processes; a killed one lets go."""
        with open(self._directory / f".lock-{key}", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
