"""What is kept encrypted at rest, and the key that opens it: one file beside the signing keys."""

import os
import pathlib
import threading

from cryptography.fernet import Fernet


class Vault:
    """Seals and opens texts.  path: the key's file, made when something is first sealed."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._fernet: Fernet | None = None

    def seal(self, text: str) -> str:
        """Return the text as only this vault can read it."""
        return self._key().encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed.  Raises cryptography.fernet.InvalidToken."""
        return self._key().decrypt(sealed.encode()).decode()

    def _key(self) -> Fernet:
        with self._lock:
            if self._fernet is None:
                if not self._path.exists():
                    self._make()
                self._fernet = Fernet(self._path.read_bytes())
            return self._fernet

    def _make(self) -> None:
        """Write a new key, whole or not at all; whoever comes second takes the first one's."""
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key())
        try:
            os.link(part, self._path)
        except FileExistsError:
            return
        finally:
            part.unlink()
