"""The keys that sign tokens: one file each, in a directory that only identity reads.

A file is named `<created>-<key id>.pem`, created being seconds since the epoch, so that every
process that looks at the directory signs with the same key: the newest.
"""

import hashlib
import itertools
import os
import pathlib
import threading
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


class KeyRing:
    """All keys of one directory; made or removed ones are noticed at once."""

    def __init__(self, directory: pathlib.Path, clock: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: int | None = None
        self._keys: dict[str, ed25519.Ed25519PrivateKey] = {}

    def signing(self) -> tuple[str, ed25519.Ed25519PrivateKey]:
        """Return the newest key and its id.  Raises FileNotFoundError when there is none."""
        keys = self._read()
        if not keys:
            raise FileNotFoundError(f"no signing key in {self.directory}: run bootstrap")
        return next(reversed(keys.items()))

    def check(self) -> None:
        """Raise FileNotFoundError when nothing can be signed."""
        self.signing()

    def public(self) -> dict[str, ed25519.Ed25519PublicKey]:
        """Return every public key by its id, the oldest first."""
        return {key_id: key.public_key() for key_id, key in self._read().items()}

    def add(self) -> str:
        """Make a new key, which signs from now on, and return its id."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = ed25519.Ed25519PrivateKey.generate()
        key_id = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self.directory / f"{self._clock():.3f}-{key_id}.pem"
        part = path.with_suffix(".part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        part.rename(path)
        return key_id

    def drop(self, superseded_before: float) -> list[str]:
        """Remove the keys whose successor was made before the moment; return their ids.

        A token lives on for its lifetime after its key was superseded: leave that much time.
        """
        paths = self._paths()
        dropped = []
        for path, successor in itertools.pairwise(paths):
            if _created(successor) < superseded_before:
                path.unlink(missing_ok=True)
                dropped.append(_key_id(path))
        return dropped

    def _paths(self) -> list[pathlib.Path]:
        return sorted(self.directory.glob("*.pem"), key=_created)

    def _read(self) -> dict[str, ed25519.Ed25519PrivateKey]:
        with self._lock:
            changed = self.directory.stat().st_mtime_ns if self.directory.exists() else None
            if changed != self._seen:
                self._keys = {_key_id(path): _load(path) for path in self._paths()}
                self._seen = changed
            return dict(self._keys)


def _created(path: pathlib.Path) -> float:
    return float(path.stem.rpartition("-")[0])


def _key_id(path: pathlib.Path) -> str:
    return path.stem.rpartition("-")[2]


def _load(path: pathlib.Path) -> ed25519.Ed25519PrivateKey:
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key
