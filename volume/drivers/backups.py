"""What is kept of volumes: chunks, compressed and hashed, each kept once in a chain of backups.

A manifest says of every chunk of the volume in which data it is, where, and what it hashes to; a
chunk of zeros is nowhere.  Chunks of encrypted volumes are sealed, with a key of the chain.
"""

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

from volume.drivers import sparse
from volume.drivers.keys import Keys
from volume.drivers.places import BackupDamaged, Place, Read
from volume.drivers.sealing import Packer, Unreadable
from volume.drivers.sparse import CHUNK


@dataclasses.dataclass(frozen=True)
class Kept:
    """What a backup took.  chunks: those that are new in it.  size: of the volume, bytes."""

    chunks: int
    size: int


class BackupStore:
    """place: of all backups.  keys: of those that are sealed, by the id of a chain's first data."""

    def __init__(self, place: Place, keys: Keys) -> None:
        self._place = place
        self._keys = keys

    def clean(self) -> None:
        """Remove what an earlier process left half written."""
        self._place.clean()

    def write(
        self,
        data_id: str,
        source: pathlib.Path,
        parent: str,
        *,
        go_on: Callable[[], None],
        sealed: bool = False,
    ) -> Kept:
        """Keep a raw file; what is there already stays as it is.

        parent: the data that unchanged chunks are taken from; empty: none.
        go_on: asked now and then; what it raises ends the work.
        sealed: so that only who has the key reads it.
        Raises BackupDamaged, PoolFault, OSError.
        """
        if not self._place.has(data_id):
            self._keep(data_id, source, parent, go_on, sealed)
        manifest = self._manifest(data_id)
        own = {row[1] for row in manifest["chunks"] if row and row[0] == data_id}
        return Kept(chunks=len(own), size=int(manifest["size"]))

    def _keep(
        self,
        data_id: str,
        source: pathlib.Path,
        parent: str,
        go_on: Callable[[], None],
        sealed: bool,
    ) -> None:
        below = self._manifest(parent) if parent else {"chunks": []}
        key_id = str(below.get("key") or "")
        if sealed and not key_id:
            # What a plain backup has stays readable; so nothing of it is shared.
            below, key_id = {"chunks": []}, data_id
            self._keys.make(key_id)
        known = {row[3]: row for row in below["chunks"] if row}
        size = source.stat().st_size
        rows: list[Any] = [None] * -(-size // CHUNK)
        facts = {"size": size, "chunk": CHUNK, "key": key_id, "chunks": rows}
        packer = self._packer(key_id)
        stream = _packed(source, data_id, known, rows, packer, go_on)
        self._place.keep(data_id, stream, lambda: json.dumps(facts).encode())

    def read(self, data_id: str, target: pathlib.Path, *, go_on: Callable[[], None]) -> None:
        """Write what was kept to a raw file that holds zeros, as large or larger.

        Raises BackupDamaged, PoolFault, and what go_on raises.
        """
        manifest = self._manifest(data_id)
        packer = self._packer(str(manifest.get("key") or ""))
        with contextlib.ExitStack() as stack, open(target, "r+b") as out:
            opened: dict[str, Read] = {}
            for number, row in enumerate(manifest["chunks"]):
                if row is None:
                    continue
                go_on()
                owner = row[0]
                if owner not in opened:
                    opened[owner] = stack.enter_context(self._place.reading(owner))
                out.seek(number * int(manifest["chunk"]))
                out.write(_chunk(opened[owner], row, packer))

    def size(self, data_id: str) -> int:
        """Return the size in bytes of the volume that was kept.  Raises BackupDamaged."""
        return int(self._manifest(data_id)["size"])

    def delete(self, data_id: str) -> None:
        """Remove a backup, and the key of its chain with the first; a missing one is a success."""
        self._keys.forget(data_id)
        self._place.delete(data_id)

    def _packer(self, key_id: str) -> Packer:
        return Packer(self._keys.read(key_id)) if key_id else Packer()

    def _manifest(self, data_id: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._place.manifest(data_id))
        except ValueError as error:
            raise BackupDamaged(data_id=data_id, reason="it has no manifest") from error
        return found


def _packed(
    source: pathlib.Path,
    data_id: str,
    known: dict[str, Any],
    rows: list[Any],
    packer: Packer,
    go_on: Callable[[], None],
) -> Iterator[bytes]:
    """Yield the chunks that nobody has; rows: where to say where each of the file is."""
    offset = 0
    for number, content in sparse.chunks(source):
        go_on()
        digest = packer.digest(content)
        if digest not in known:
            packed = packer.pack(content)
            known[digest] = [data_id, offset, len(packed), digest]
            offset += len(packed)
            yield packed
        rows[number] = known[digest]


def _chunk(read: Read, row: list[Any], packer: Packer) -> bytes:
    owner, offset, length, digest = row
    try:
        content = packer.unpack(read(offset, length))
    except Unreadable as error:
        raise BackupDamaged(data_id=owner, reason=str(error)) from error
    if packer.digest(content) != digest:
        raise BackupDamaged(data_id=owner, reason=f"the chunk at {offset} has changed")
    return content
