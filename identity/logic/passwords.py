"""Hashes of passwords and secrets: bcrypt is written, bcrypt and scrypt are read."""

import base64
import functools
import hashlib
import hmac

import bcrypt

LONGEST = 72
# For what we generated ourselves: nobody guesses 192 random bits, however fast a guess is.
SECRET_ROUNDS = 6
MOST_SCRYPT_ROUNDS = 20


def make(password: str, rounds: int) -> str:
    """Return the hash to store.  Takes about 2^rounds * 60 microseconds: never in a transaction.

    bcrypt reads 72 bytes; what comes after them does not count, as in every Keystone.
    """
    return bcrypt.hashpw(_bytes(password), bcrypt.gensalt(rounds)).decode()


def matches(password: str, stored: str | None, rounds: int) -> bool:
    """Say whether the password is the one that was hashed.

    stored: None for a user who does not exist or has no password; that takes as long.
    """
    if stored is None:
        bcrypt.checkpw(_bytes(password), _decoy(rounds))
        return False
    try:
        if stored.startswith("$scrypt$"):
            return _matches_scrypt(password, stored)
        return bcrypt.checkpw(_bytes(password), stored.encode())
    except ValueError:
        return False


def _bytes(password: str) -> bytes:
    return password.encode()[:LONGEST]


@functools.lru_cache(maxsize=4)
def _decoy(rounds: int) -> bytes:
    return bcrypt.hashpw(b"nobody", bcrypt.gensalt(rounds))


def _matches_scrypt(password: str, stored: str) -> bool:
    """Check `$scrypt$ln=16,r=8,p=1$salt$digest`, salt and digest in base64 without padding."""
    _, _, settings, salt, digest = stored.split("$")
    numbers = {key: int(value) for key, value in (part.split("=") for part in settings.split(","))}
    if numbers["ln"] > MOST_SCRYPT_ROUNDS:
        raise ValueError("more scrypt rounds than are good for anybody")
    expected = _unpadded(digest)
    n, r, p = 2 ** numbers["ln"], numbers["r"], numbers["p"]
    found = hashlib.scrypt(
        password.encode(),
        salt=_unpadded(salt),
        n=n,
        r=r,
        p=p,
        maxmem=128 * r * (n + p + 2) + 2**20,
        dklen=len(expected),
    )
    return hmac.compare_digest(found, expected)


def _unpadded(text: str) -> bytes:
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4))
