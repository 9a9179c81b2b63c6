"""LUKS headers: a fresh master key, which a passphrase opens.

They are made here and not by qemu-img, which measures the processor for seconds beforehand and
gives up where it cannot.  Source: LUKS On-Disk Format Specification 1.2.3.
"""

import hashlib
import secrets
import struct
import uuid

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SECTOR = 512
KEY_BYTES = 64
"""AES-256 in XTS mode takes two keys."""
STRIPES = 4000
SLOTS = 8
ITERATIONS = 1000
"""Few are enough: passphrases are 256 random bits, and nobody guesses those."""
ALIVE, DEAD = 0x00AC71F3, 0x0000DEAD
_FIRST = 8
_APART = -(-KEY_BYTES * STRIPES // SECTOR // 8) * 8
PAYLOAD_SECTORS = _FIRST + SLOTS * _APART


def header(passphrase: bytes) -> bytes:
    """Return a whole header, key material included, up to where the payload begins.

    AES-256-XTS with plain64, SHA-256.
    """
    master = secrets.token_bytes(KEY_BYTES)
    salt, digest_salt = secrets.token_bytes(32), secrets.token_bytes(32)
    key = hashlib.pbkdf2_hmac("sha256", passphrase, salt, ITERATIONS, KEY_BYTES)
    digest = hashlib.pbkdf2_hmac("sha256", master, digest_salt, ITERATIONS, 20)
    head = struct.pack(
        ">6sH32s32s32sII20s32sI40s",
        *(b"LUKS\xba\xbe", 1, b"aes", b"xts-plain64", b"sha256"),
        *(PAYLOAD_SECTORS, KEY_BYTES, digest, digest_salt, ITERATIONS),
        str(uuid.uuid4()).encode(),
    )
    for slot in range(SLOTS):
        at = _FIRST + slot * _APART
        used = (ALIVE, ITERATIONS, salt) if slot == 0 else (DEAD, 0, b"")
        head += struct.pack(">II32sII", *used, at, STRIPES)
    material = _encrypted(_split(master), key)
    return (head.ljust(_FIRST * SECTOR, b"\0") + material).ljust(PAYLOAD_SECTORS * SECTOR, b"\0")


def _split(master: bytes) -> bytes:
    """Spread a key over stripes, all of which are needed to have it again."""
    stripes = [secrets.token_bytes(len(master)) for _ in range(STRIPES - 1)]
    mixed = bytes(len(master))
    for stripe in stripes:
        mixed = _diffused(_xor(mixed, stripe))
    return b"".join([*stripes, _xor(mixed, master)])


def _diffused(block: bytes) -> bytes:
    size = hashlib.sha256().digest_size
    return b"".join(
        hashlib.sha256(struct.pack(">I", number) + block[at : at + size]).digest()
        for number, at in enumerate(range(0, len(block), size))
    )


def _xor(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))


def _encrypted(content: bytes, key: bytes) -> bytes:
    """Encrypt by sectors, whose numbers begin at 0."""
    found = []
    for number, at in enumerate(range(0, len(content), SECTOR)):
        tweak = struct.pack("<QQ", number, 0)
        sector = Cipher(algorithms.AES(key), modes.XTS(tweak)).encryptor()
        found.append(sector.update(content[at : at + SECTOR]) + sector.finalize())
    return b"".join(found)
