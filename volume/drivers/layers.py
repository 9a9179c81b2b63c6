"""The pool's directory: layers that hold bytes, and links that say whose they are.

`layers/<name>.qcow2` and `.raw` hold the bytes; one is never written again once another lies on
it.  `volumes/<volume id>` and `snapshots/<snapshot id>` are links to layers, replaced in one step;
An encrypted layer's name begins with `key-<key id>-`.
`live/<snapshot id>` leads to the layer in which a guest is to go on, `named/` to what was let go.
A layer that no link leads to, directly or from above, is removed.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import threading
import time
import uuid
from collections.abc import Iterator, Sequence

from common.qcow2 import backing_of
from volume.drivers.keys import Keys

ZEROS = bytes(1 << 20)
KEPT_S = 3600.0
"""For how long an image's base stays that no volume needs, while there is the image."""
FRESH_S = 30.0
"""For how long a base may have been asked for by somebody who has not built on it yet."""
BASE, ID_LENGTH = "image-", 36
VOLUMES, SNAPSHOTS, IMPORTS, NAMED, LIVE = "volumes", "snapshots", "import", "named", "live"
LINKS = (VOLUMES, SNAPSHOTS, NAMED, LIVE)
ROOMS = ("layers", "parts", IMPORTS, *LINKS)
SHOWN = "shown"
"""Where the content of encrypted layers is seen for a while."""
WIPED = "wipe-"
"""How the names of layers begin whose bytes are overwritten before they go."""
_KEYED = re.compile(rf"(?:{WIPED})?key-([0-9a-f-]{{36}})-.*")
"""How the names of layers begin that are encrypted: `key-<key id>-`."""


class Layers:
    """One pool.  What changes links or removes layers does so while it holds the lock.

    keys: of the layers that are encrypted; one goes with the last layer that needs it.
    """

    def __init__(self, directory: pathlib.Path, keys: Keys) -> None:
        self.directory = directory
        self._keys = keys
        self._lock = threading.RLock()
        self._depth = 0
        self._file: int | None = None

    def prepare(self) -> None:
        """Make the directories, closed to everybody else."""
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        for name in (*ROOMS, SHOWN):
            (self.directory / name).mkdir(mode=0o700, exist_ok=True)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who changes the pool, on this host."""
        with self._lock:
            if self._depth == 0:
                self._file = os.open(self.directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)
                fcntl.flock(self._file, fcntl.LOCK_EX)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                if self._depth == 0 and self._file is not None:
                    os.close(self._file)

    def new(self, form: str, *, name: str = "", like: pathlib.Path | None = None) -> pathlib.Path:
        """Return the path of a layer that is to be.

        form: qcow2 or raw.  like: wiped in the end if that one is, and encrypted with its key.
        """
        prefix = ""
        if like is not None:
            prefix = _prefix(like.name.startswith(WIPED), key_of(like))
        return self.directory / "layers" / f"{prefix}{name or uuid.uuid4()}.{form}"

    def part(self, form: str, *, wiped: bool = False, key_id: str = "") -> pathlib.Path:
        """Return the path of a file that becomes a layer once it is whole."""
        return self.directory / "parts" / f"{_prefix(wiped, key_id)}{uuid.uuid4()}.{form}"

    def of(self, room: str, name: str) -> pathlib.Path | None:
        """Return the layer that a link leads to, or None without a link."""
        link = self.directory / room / name
        try:
            return (link.parent / os.readlink(link)).resolve()
        except FileNotFoundError:
            return None

    def link(self, room: str, name: str, layer: pathlib.Path) -> None:
        """Let a name lead to a layer from now on, whatever it led to before."""
        link = self.directory / room / name
        fresh = link.with_name(f".{name}.{uuid.uuid4().hex[:8]}")
        fresh.symlink_to(f"../layers/{layer.name}")
        fresh.replace(link)
        _sync(link.parent)

    def unlink(self, room: str, name: str) -> None:
        """Let a name lead nowhere; one that does not exist is a success."""
        (self.directory / room / name).unlink(missing_ok=True)

    def names(self, room: str) -> set[str]:
        """Return the names in a room."""
        found = (entry.name for entry in os.scandir(self.directory / room))
        return {name for name in found if not name.startswith(".")}

    def collect(self) -> None:
        """Remove the layers that nobody needs."""
        with self.locked():
            needed = self._needed()
            gone = []
            for layer in (self.directory / "layers").iterdir():
                if layer not in needed and not _stays(layer):
                    gone.append(self.directory / "parts" / layer.name)
                    layer.rename(gone[-1])
            self.forget_keys(gone)
        for layer in gone:
            remove(layer)

    def forget_keys(self, gone: Sequence[pathlib.Path]) -> None:
        """Remove the keys that only files needed which go; the files are still there.

        What a key protected cannot be read any more from here on, whatever stops us.
        """
        candidates = {key_of(one) for one in gone} - {""}
        if not candidates:
            return
        rooms = (self.directory / "layers", self.directory / "parts")
        left = {entry for room in rooms for entry in room.iterdir()} - set(gone)
        for key_id in candidates - {key_of(one) for one in left}:
            self._keys.forget(key_id)

    def unused_images(self) -> set[str]:
        """Return the ids of the images whose bases stay though no volume needs them."""
        with self.locked():
            needed = self._needed()
            bases = set((self.directory / "layers").glob(f"{BASE}*"))
            return {_image_of(layer) for layer in bases - needed if _age_s(layer) > FRESH_S}

    def forget_image(self, image_id: str) -> None:
        """Remove an image's bases that no volume needs."""
        with self.locked():
            needed = self._needed()
            for layer in (self.directory / "layers").glob(f"{BASE}{image_id}-*"):
                if layer not in needed and _age_s(layer) > FRESH_S:
                    remove(layer)

    def _needed(self) -> set[pathlib.Path]:
        """Return the layers that links lead to, and those below them."""
        waiting = [
            layer
            for room in LINKS
            for name in self.names(room)
            if (layer := self.of(room, name)) is not None
        ]
        needed: set[pathlib.Path] = set()
        while waiting:
            layer = waiting.pop()
            if layer in needed or not layer.exists():
                continue
            needed.add(layer)
            below = backing_of(layer) if layer.suffix == ".qcow2" else None
            if below is not None:
                waiting.append(below)
        return needed

    def clean(self) -> None:
        """Remove what was not whole when a process ended."""
        self.forget_keys(list((self.directory / "parts").iterdir()))
        for room in ROOMS:
            for entry in (self.directory / room).iterdir():
                if room == "parts" or entry.name.startswith("."):
                    remove(entry)
        self.collect()


def key_of(layer: pathlib.Path) -> str:
    """Return the id of the key that a layer is encrypted with; empty: it is not."""
    found = _KEYED.fullmatch(layer.name)
    return found[1] if found else ""


def _prefix(wiped: bool, key_id: str) -> str:
    return (WIPED if wiped else "") + (f"key-{key_id}-" if key_id else "")


def _stays(layer: pathlib.Path) -> bool:
    """Tell whether it is the base of an image that was used lately."""
    return layer.name.startswith(BASE) and _age_s(layer) < KEPT_S


def _image_of(layer: pathlib.Path) -> str:
    """Return the id of the image that a base was made of."""
    return layer.name.removeprefix(BASE)[:ID_LENGTH]


def _age_s(layer: pathlib.Path) -> float:
    """Return for how long nobody asked for a base; none if it is gone."""
    try:
        return time.time() - layer.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def remove(layer: pathlib.Path) -> None:
    """Remove a file, with its bytes overwritten before where its name says so."""
    if layer.name.startswith(WIPED) and not layer.is_symlink():
        _overwrite(layer)
    layer.unlink(missing_ok=True)


def _overwrite(path: pathlib.Path) -> None:
    """Write zeros where a file holds data, and have them on the disk."""
    with open(path, "r+b", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        start = _data(file.fileno(), 0, end)
        while start < end:
            stop = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            file.seek(start)
            for at in range(start, stop, len(ZEROS)):
                file.write(ZEROS[: stop - at])
            start = _data(file.fileno(), stop, end)
        os.fsync(file.fileno())


def _data(descriptor: int, start: int, end: int) -> int:
    """Return where data begins from here on; the end when none does."""
    try:
        return os.lseek(descriptor, start, os.SEEK_DATA)
    except OSError:
        return end


def _sync(directory: pathlib.Path) -> None:
    """Have a directory's entries on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
