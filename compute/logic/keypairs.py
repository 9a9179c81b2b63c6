"""What can be done with key pairs; making one happens here, in memory, once."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import rsa

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute import errors
from compute.db import keypairs as queries
from compute.db import quotas
from compute.db.models import Keypair
from compute.logic import certificates

MAX_BITS = 16384


class Keypairs:
    """A user's keys.  quota: the configured limits by resource."""

    def __init__(self, database: Database, clock: Clock, quota: Mapping[str, int]) -> None:
        self._database = database
        self._clock = clock
        self._quota = quota

    def list(self, user_id: str, marker: str | None, limit: int | None) -> list[Keypair]:
        """Return a user's keys by name.  Raises BadRequest for an unknown marker."""
        with self._database.reading() as session:
            try:
                return queries.listed(session, user_id, marker, limit)
            except errors.KeypairNotFound as error:
                raise roots.BadRequest(reason=f"marker [{marker}] not found") from error

    def get(self, user_id: str, name: str) -> Keypair:
        """Return one key.  Raises KeypairNotFound."""
        with self._database.reading() as session:
            return queries.get(session, user_id, name)

    def create(
        self, ctx: RequestContext, user_id: str, wanted: Mapping[str, Any]
    ) -> tuple[Keypair, str | None]:
        """Keep a key; return it and, when it was made here, the private half.

        Raises BadRequest for a key that is none, KeypairExists, QuotaExceeded.
        """
        private = None
        public = wanted.get("public_key")
        kind = wanted.get("type", "ssh")
        if public is None and kind == "ssh":
            public, private = generate()
        elif public is None:
            public, private = certificates.generate(user_id, self._clock())
        keypair = Keypair(
            user_id=user_id,
            name=wanted["name"].strip(),
            kind=kind,
            public_key=public,
            fingerprint=fingerprint(public) if kind == "ssh" else certificates.fingerprint(public),
            created_at=self._clock(),
        )
        with self._database.transaction() as session:
            quotas.require_keys(session, ctx.project_id or "", user_id, self._quota)
            queries.add(session, keypair)
        return keypair, private

    def delete(self, user_id: str, name: str) -> None:
        """Remove a key; servers keep theirs.  Raises KeypairNotFound."""
        with self._database.transaction() as session:
            session.delete(queries.get(session, user_id, name))


def generate() -> tuple[str, str]:
    """Return a new RSA key: its public half as ssh writes it, its private half as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form: Any = forms
    public = key.public_key().public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH)
    private = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption()
    )
    return f"{public.decode()} Generated-by-Cumulet", private.decode()


def fingerprint(public_key: str) -> str:
    """Return the MD5 of an ssh key's blob, in pairs.  Raises BadRequest for what is no key."""
    words = public_key.split()
    try:
        if len(words) < 2:
            raise ValueError("a type and a blob are needed")
        blob = base64.b64decode(words[1], validate=True)
        key = forms.load_ssh_public_key(f"{words[0]} {words[1]}".encode())
        if getattr(key, "key_size", 0) > MAX_BITS:
            raise ValueError(f"more than {MAX_BITS} bits")
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise roots.BadRequest(reason=f"Keypair data is invalid: {error}") from error
    return ":".join(f"{byte:02x}" for byte in hashlib.md5(blob, usedforsecurity=False).digest())
