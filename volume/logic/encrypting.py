"""Encrypted volumes: what of a type's wishes can be done here, and which key a volume has."""

import uuid

from sqlalchemy import orm

from volume import errors
from volume.db import types
from volume.db.models import TypeEncryption, Volume, VolumeType

LUKS = frozenset({"luks", "luks2", "luksencryptor", "nova.volume.encryptors.luks.luksencryptor"})
CIPHER = "aes-xts-plain64"
KEY_SIZES = (256, 512)
"""Bits; both mean AES-256, since XTS takes two keys and not everybody counts both."""


def key_for(session: orm.Session, kind: VolumeType, source: Volume | None = None) -> str | None:
    """Return the id of a new volume's key; None: volumes of its type are not encrypted.

    source: what it is made from; a copy of the same type shares its key, as it shares its bytes.
    Raises InvalidInput for a type that asks for what cannot be done here.
    """
    how = types.encryption_of(session, kind.id)
    if how is None:
        return None
    _require(kind, how)
    if source is not None and source.encrypted and source.type_id == kind.id:
        return source.key_id
    return str(uuid.uuid4())


def _require(kind: VolumeType, how: TypeEncryption) -> None:
    reason = ""
    if how.provider.lower() not in LUKS:
        reason = f"provider {how.provider} is unknown; luks would do"
    elif how.control_location != "front-end":
        reason = "the control location is back-end; front-end would do"
    elif (how.cipher or CIPHER) != CIPHER:
        reason = f"cipher {how.cipher} is unknown; {CIPHER} would do"
    elif how.key_size and how.key_size not in KEY_SIZES:
        known = " and ".join(str(size) for size in KEY_SIZES)
        reason = f"key size {how.key_size} is unknown; {known} would do"
    elif kind.specs.get("format") == "raw":
        reason = "its extra spec format is raw; without it volumes can be encrypted"
    elif "true" in kind.specs.get("multiattach", "").lower():
        reason = "its volumes are for several servers; without multiattach they can be encrypted"
    if reason:
        raise errors.InvalidInput(
            reason=f"Volumes of type {kind.name} cannot be encrypted as it says: {reason}."
        )


def refuse(volume: Volume, doing: str, instead: str) -> None:
    """Raise InvalidVolume for what is not done with an encrypted volume.

    doing: as in "An encrypted volume is not <doing>".  instead: a sentence.
    """
    if volume.encrypted:
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is encrypted, and such a volume is not {doing}; {instead}."
        )
