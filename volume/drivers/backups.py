"""Backups as files of one directory: chunks, compressed and hashed, each kept once in a chain.

`<data id>/data` has the chunks that are new in a backup, `<data id>/manifest.json` says of every
chunk of the volume where it is and what it hashes to; a chunk of zeros is nowhere.
"""

import contextlib
import dataclasses
import errno
import hashlib
import json
import os
import pathlib
import shutil
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from volume.drivers.base import PoolFault

CHUNK = 1 << 20
PART = ".part"


class BackupDamaged(PoolFault):
    """What is kept of a backup is not what was written."""

    message = "Backup data {data_id} is damaged: {reason}"


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a backup took.  chunks: those that are new in it.  size: of the volume, bytes."""

    chunks: int
    size: int


class BackupStore:
    """directory: of all backups; it may be another disk, or another machine's."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def clean(self) -> None:
        """Remove what an earlier process left half written."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in self._directory.glob(f"*{PART}"):
            shutil.rmtree(leftover, ignore_errors=True)

    def write(
        self, data_id: str, source: pathlib.Path, parent: str, *, go_on: Callable[[], None]
    ) -> Kept:
        """Keep a raw file; what is there already stays as it is.

        parent: the data that unchanged chunks are taken from; empty: none.
        go_on: asked now and then; what it raises ends the work.  Raises BackupDamaged, OSError.
        """
        if not self._home(data_id).exists():
            known = {row[3]: row for row in self._chunks(parent) if row} if parent else {}
            part = self._directory / f"{data_id}{PART}"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(mode=0o700, parents=True)
            size = source.stat().st_size
            rows = _store(part / "data", source, data_id, known, go_on)
            _write(part / "manifest.json", {"size": size, "chunk": CHUNK, "chunks": rows})
            part.rename(self._home(data_id))
        manifest = self._manifest(data_id)
        own = {row[1] for row in manifest["chunks"] if row and row[0] == data_id}
        return Kept(chunks=len(own), size=int(manifest["size"]))

    def read(self, data_id: str, target: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        """Write what was kept to a raw file, with holes for zeros.

        Raises BackupDamaged, and what go_on raises.
        """
        manifest = self._manifest(data_id)
        with contextlib.ExitStack() as stack, open(target, "wb") as out:
            out.truncate(int(manifest["size"]))
            opened: dict[str, Any] = {}
            for number, row in enumerate(manifest["chunks"]):
                if row is None:
                    continue
                go_on()
                owner = row[0]
                if owner not in opened:
                    opened[owner] = stack.enter_context(self._open(owner))
                out.seek(number * int(manifest["chunk"]))
                out.write(_chunk(opened[owner], row))

    def delete(self, data_id: str) -> None:
        """Remove a backup; a missing one is a success."""
        shutil.rmtree(self._home(data_id), ignore_errors=True)

    def _home(self, data_id: str) -> pathlib.Path:
        return self._directory / data_id

    def _manifest(self, data_id: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self._home(data_id) / "manifest.json").read_text())
        except (OSError, ValueError) as error:
            raise BackupDamaged(data_id=data_id, reason="it has no manifest") from error
        return found

    def _chunks(self, data_id: str) -> list[Any]:
        found: list[Any] = self._manifest(data_id)["chunks"]
        return found

    @contextlib.contextmanager
    def _open(self, data_id: str) -> Iterator[Any]:
        try:
            file = open(self._home(data_id) / "data", "rb")  # noqa: SIM115  closed below
        except OSError as error:
            raise BackupDamaged(data_id=data_id, reason="its data are missing") from error
        with file:
            yield file


def _store(
    target: pathlib.Path,
    source: pathlib.Path,
    data_id: str,
    known: dict[str, Any],
    go_on: Callable[[], None],
) -> list[Any]:
    """Write the chunks that nobody has, and return where each of the file is."""
    count = -(-source.stat().st_size // CHUNK)
    rows: list[Any] = [None] * count
    with open(source, "rb") as file, open(target, "wb") as out:
        for number in _filled(file.fileno(), count):
            go_on()
            file.seek(number * CHUNK)
            content = file.read(CHUNK)
            if not content.strip(b"\0"):
                continue
            digest = hashlib.sha256(content).hexdigest()
            if digest not in known:
                packed = zlib.compress(content, 1)
                known[digest] = [data_id, out.tell(), len(packed), digest]
                out.write(packed)
            rows[number] = known[digest]
        out.flush()
        os.fsync(out.fileno())
    return rows


def _filled(descriptor: int, count: int) -> Iterator[int]:
    """Yield the numbers of the chunks in which a sparse file has anything."""
    last = -1
    position = 0
    while True:
        try:
            begin = os.lseek(descriptor, position, os.SEEK_DATA)
            position = os.lseek(descriptor, begin, os.SEEK_HOLE)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return
            raise
        for number in range(max(begin // CHUNK, last + 1), min(-(-position // CHUNK), count)):
            last = number
            yield number


def _chunk(file: Any, row: list[Any]) -> bytes:
    owner, offset, length, digest = row
    file.seek(offset)
    try:
        content = zlib.decompress(file.read(length))
    except zlib.error as error:
        raise BackupDamaged(data_id=owner, reason=str(error)) from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise BackupDamaged(data_id=owner, reason=f"the chunk at {offset} has changed")
    return content


def _write(path: pathlib.Path, found: dict[str, Any]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(found, file)
        file.flush()
        os.fsync(file.fileno())
