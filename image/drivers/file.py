"""Images as files in one directory; what is incomplete has a name of its own."""

import errno
import os
import pathlib
import shutil
from typing import BinaryIO

from image import errors
from image.drivers.base import DataForgotten, Incoming, Store


class FileStore(Store):
    """`<directory>/<data id>`, and `<directory>/incoming/<data id>` until it is whole."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        self._incoming = directory / "incoming"
        self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, data_id: str) -> "IncomingFile":
        return IncomingFile(self._incoming / data_id, self._directory / data_id)

    def open(self, data_id: str) -> BinaryIO:
        return (self._directory / data_id).open("rb")

    def delete(self, data_id: str) -> None:
        (self._incoming / data_id).unlink(missing_ok=True)
        (self._directory / data_id).unlink(missing_ok=True)

    def free(self) -> int:
        return shutil.disk_usage(self._directory).free


class IncomingFile(Incoming):
    """One file that grows."""

    def __init__(self, part: pathlib.Path, whole: pathlib.Path) -> None:
        self._part = part
        self._whole = whole
        self._file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._closed = False

    def write(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise errors.StoreFull(free=shutil.disk_usage(self._part.parent).free) from error

    def keep(self) -> None:
        try:
            os.fsync(self._file)
        finally:
            self._close()
        try:
            self._part.rename(self._whole)
        except FileNotFoundError as error:
            raise DataForgotten from error
        _sync(self._whole.parent)

    def abandon(self) -> None:
        self._close()
        self._part.unlink(missing_ok=True)

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            os.close(self._file)


def _sync(directory: pathlib.Path) -> None:
    """Make a directory's names durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
