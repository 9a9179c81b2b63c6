"""The passphrases of encrypted volumes: one file each, for the eyes of the cloud's processes."""

import os
import pathlib
import re
import secrets
import uuid

from volume.drivers.base import PoolFault

_NAME = re.compile(r"[0-9a-f-]{36}")


class Keys:
    """directory: of all passphrases; it should not lie on the disk that it protects."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def clean(self) -> None:
        """Remove what an earlier process left half written."""
        for left in self._directory.glob(".*"):
            left.unlink(missing_ok=True)

    def path(self, key_id: str) -> pathlib.Path:
        """Return the file of a passphrase.  Raises PoolFault for what is no key's name."""
        if not _NAME.fullmatch(key_id):
            raise PoolFault(reason=f"{key_id!r} is no id of a key.")
        return self._directory / key_id

    def make(self, key_id: str) -> None:
        """Have a passphrase of 256 random bits; one that is there stays."""
        path = self.path(key_id)
        part = path.with_name(f".{key_id}.{uuid.uuid4().hex[:8]}")
        if path.exists():
            return
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            os.link(part, path)
        except FileExistsError:
            return
        finally:
            part.unlink(missing_ok=True)
        _sync(self._directory)

    def read(self, key_id: str) -> bytes:
        """Return a passphrase.  Raises PoolFault."""
        try:
            return self.path(key_id).read_bytes()
        except FileNotFoundError as error:
            raise PoolFault(reason=f"The key {key_id} is not on this host.") from error

    def forget(self, key_id: str) -> None:
        """Remove a passphrase: nobody reads again what it protects."""
        self.path(key_id).unlink(missing_ok=True)


def _sync(directory: pathlib.Path) -> None:
    """Have a directory's entries on the disk."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
