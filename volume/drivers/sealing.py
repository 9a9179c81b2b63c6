"""How chunks of a backup are packed: compressed, and sealed where a key is given."""

import hashlib
import hmac
import secrets
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12


class Unreadable(Exception):
    """What was packed does not come out again; the reason is for the user."""


class Packer:
    """key: empty for chunks that everybody may read."""

    def __init__(self, key: bytes = b"") -> None:
        self._names = _derived(key, b"names") if key else b""
        self._sealing = AESGCM(_derived(key, b"chunks")) if key else None

    def digest(self, content: bytes) -> str:
        """Return by what a chunk is known; with a key, nothing of it can be guessed from that."""
        if self._names:
            return hmac.new(self._names, content, hashlib.sha256).hexdigest()
        return hashlib.sha256(content).hexdigest()

    def pack(self, content: bytes) -> bytes:
        """Return what is kept of a chunk."""
        packed = zlib.compress(content, 1)
        if self._sealing is None:
            return packed
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._sealing.encrypt(nonce, packed, None)

    def unpack(self, packed: bytes) -> bytes:
        """Return a chunk again.  Raises Unreadable."""
        try:
            if self._sealing is not None:
                packed = self._sealing.decrypt(packed[:NONCE], packed[NONCE:], None)
            return zlib.decompress(packed)
        except (zlib.error, ValueError) as error:
            raise Unreadable(str(error)) from error
        except InvalidTag as error:
            raise Unreadable("its seal is broken") from error


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()
