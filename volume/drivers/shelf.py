"""What the fake driver keeps: contents by room and name, each a list of chunks.

A chunk that several contents have is there once.  `<room>/<name>` is a JSON file,
`chunks/<SHA-256>` a compressed chunk; both are read by one process.
"""

import collections
import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import threading
import uuid
import zlib
from collections.abc import Iterator, Mapping

from volume.drivers.sparse import CHUNK, chunks

VOLUMES, SNAPSHOTS, NAMED, IMPORTS, IMAGES = "volumes", "snapshots", "named", "import", "images"
ROOMS = (VOLUMES, SNAPSHOTS, NAMED, IMPORTS, IMAGES)


@dataclasses.dataclass(frozen=True)
class Kept:
    """A content.  size: bytes.  form: qcow2 or raw.  chunks: the SHA-256 of each, by number."""

    size: int
    form: str
    chunks: Mapping[int, str]


class Shelf:
    """directory: of the pool."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.directory = directory
        self._lock = threading.RLock()
        self._uses: collections.Counter[str] = collections.Counter()
        for name in (*ROOMS, "chunks", "parts"):
            (directory / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._rooms = {room: self._read(room) for room in ROOMS}
        for held in self._rooms.values():
            for kept in held.values():
                self._uses.update(kept.chunks.values())

    def _read(self, room: str) -> dict[str, Kept]:
        found = {}
        for path in (self.directory / room).iterdir():
            said = json.loads(path.read_text())
            numbered = {int(number): digest for number, digest in said["chunks"].items()}
            found[path.name] = Kept(said["size"], said["form"], numbered)
        return found

    def get(self, room: str, name: str) -> Kept | None:
        """Return a content, or None."""
        with self._lock:
            return self._rooms[room].get(name)

    def names(self, room: str) -> set[str]:
        """Return the names in a room."""
        with self._lock:
            return set(self._rooms[room])

    def path(self, room: str, name: str) -> pathlib.Path:
        """Return the file that says what a content consists of."""
        return self.directory / room / name

    def put(self, room: str, name: str, kept: Kept) -> None:
        """Have a content under a name, whatever was there before."""
        with self._lock, self.part() as part:
            part.write_text(json.dumps(dataclasses.asdict(kept)))
            self._uses.update(kept.chunks.values())
            part.replace(self.path(room, name))
            before = self._rooms[room].get(name)
            self._rooms[room][name] = kept
            self._let_go(before)

    def drop(self, room: str, name: str) -> None:
        """Have nothing under a name."""
        with self._lock:
            self.path(room, name).unlink(missing_ok=True)
            self._let_go(self._rooms[room].pop(name, None))

    def fill(self, room: str, name: str, source: pathlib.Path, size: int, form: str) -> Kept:
        """Have a raw file's content under a name, and return it.  size: bytes, at least."""
        with self._lock:
            numbered = {number: self._chunk(content) for number, content in chunks(source)}
            kept = Kept(max(size, source.stat().st_size), form, numbered)
            self.put(room, name, kept)
        return kept

    def write(self, kept: Kept, target: pathlib.Path) -> None:
        """Make a raw file of a content."""
        with open(target, "wb") as file:
            file.truncate(kept.size)
            for number, digest in kept.chunks.items():
                file.seek(number * CHUNK)
                file.write(zlib.decompress((self.directory / "chunks" / digest).read_bytes()))

    @contextlib.contextmanager
    def part(self) -> Iterator[pathlib.Path]:
        """Yield the path of a file that may be made, and is gone afterwards."""
        path = self.directory / "parts" / uuid.uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove what was not whole when a process ended."""
        with self._lock:
            for path in (self.directory / "parts").iterdir():
                path.unlink()
            for path in (self.directory / "chunks").iterdir():
                if not self._uses[path.name]:
                    path.unlink()

    def _chunk(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        place = self.directory / "chunks" / digest
        if not place.exists():
            with self.part() as part:
                part.write_bytes(zlib.compress(content, 1))
                os.replace(part, place)
        return digest

    def _let_go(self, kept: Kept | None) -> None:
        """Remove the chunks that only a content had which is gone."""
        for digest in kept.chunks.values() if kept else ():
            self._uses[digest] -= 1
            if not self._uses[digest]:
                del self._uses[digest]
                (self.directory / "chunks" / digest).unlink(missing_ok=True)
