"""Where the data of backups lie: a place promises whole or nothing, and says where bytes are.

Of each backup there is one stream of bytes and a manifest, by the id of its data.
"""

import abc
import contextlib
import os
import pathlib
import shutil
from collections.abc import Callable, Iterator

from volume.drivers.base import PoolFault

PART = ".part"
Read = Callable[[int, int], bytes]
"""Returns as many bytes of a stream as asked for, from an offset on."""


class BackupDamaged(PoolFault):
    """What is kept of a backup is not what was written."""

    message = "Backup data {data_id} is damaged: {reason}"


class Place(abc.ABC):
    """What was kept is never changed; a name is used once."""

    @abc.abstractmethod
    def clean(self) -> None:
        """Remove what an earlier process of this host left half written."""

    @abc.abstractmethod
    def has(self, data_id: str) -> bool:
        """Tell whether data are kept whole.  Raises PoolFault."""

    @abc.abstractmethod
    def keep(self, data_id: str, stream: Iterator[bytes], manifest: Callable[[], bytes]) -> None:
        """Keep a stream and, once it has ended, a manifest.  Raises PoolFault, OSError."""

    @abc.abstractmethod
    def manifest(self, data_id: str) -> bytes:
        """Return a manifest.  Raises BackupDamaged, PoolFault."""

    @abc.abstractmethod
    def reading(self, data_id: str) -> contextlib.AbstractContextManager[Read]:
        """Yield what reads a stream.  Raises BackupDamaged, PoolFault."""

    @abc.abstractmethod
    def delete(self, data_id: str) -> None:
        """Remove data, whole or not; missing ones are a success.  Raises PoolFault."""


class Directory(Place):
    """`<data id>/data` and `<data id>/manifest.json` in one directory, perhaps another disk's."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def clean(self) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._directory.glob(f"*{PART}"):
            shutil.rmtree(leftover, ignore_errors=True)

    def has(self, data_id: str) -> bool:
        return self._home(data_id).exists()

    def keep(self, data_id: str, stream: Iterator[bytes], manifest: Callable[[], bytes]) -> None:
        part = self._directory / f"{data_id}{PART}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        _write(part / "data", stream)
        _write(part / "manifest.json", iter([manifest()]))
        part.rename(self._home(data_id))

    def manifest(self, data_id: str) -> bytes:
        try:
            return (self._home(data_id) / "manifest.json").read_bytes()
        except OSError as error:
            raise BackupDamaged(data_id=data_id, reason="it has no manifest") from error

    @contextlib.contextmanager
    def reading(self, data_id: str) -> Iterator[Read]:
        try:
            file = open(self._home(data_id) / "data", "rb")  # noqa: SIM115  closed below
        except OSError as error:
            raise BackupDamaged(data_id=data_id, reason="its data are missing") from error
        with file:
            yield lambda offset, length: os.pread(file.fileno(), length, offset)

    def delete(self, data_id: str) -> None:
        for name in (data_id, f"{data_id}{PART}"):
            shutil.rmtree(self._directory / name, ignore_errors=True)

    def _home(self, data_id: str) -> pathlib.Path:
        return self._directory / data_id


def _write(path: pathlib.Path, stream: Iterator[bytes]) -> None:
    with open(path, "wb") as file:
        for part in stream:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
