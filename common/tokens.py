"""What a token says, and how it is written: a compact signed statement (JWS, Ed25519).

The header carries the key's id, so keys can be rotated with overlap.  Identity signs with the
private key; every service verifies with the public one.
"""

import dataclasses
import hashlib
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519

from common import errors

ALGORITHM = "EdDSA"


class TokenInvalid(errors.Unauthorized):
    """The token is malformed, unsigned by us, expired or revoked; the caller is not told which."""


class KeyUnknown(errors.Unauthorized):
    """The token names a key that is not known here (yet)."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Claims:
    """One token's statement.  Times are seconds since the epoch, with fractions.

    Exactly one of project_id, domain_id, system is set; none for an unscoped token.
    audit_ids: this token's own, then the one the chain of rescoping began with.
    access_rules: see common.access; without any, every request may be made.
    """

    user_id: str
    user_name: str
    user_domain_id: str
    user_domain_name: str
    issued_at: float
    expires_at: float
    audit_ids: tuple[str, ...]
    methods: tuple[str, ...] = ("password",)
    roles: tuple[str, ...] = ()
    project_id: str | None = None
    project_name: str | None = None
    project_domain_id: str | None = None
    project_domain_name: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None
    system: bool = False
    trust_id: str | None = None
    application_credential_id: str | None = None
    access_rules: tuple[str, ...] = ()


_SHORT = {
    "user_id": "sub",
    "user_name": "un",
    "user_domain_id": "udi",
    "user_domain_name": "udn",
    "issued_at": "iat",
    "expires_at": "exp",
    "audit_ids": "aud_ids",
    "methods": "m",
    "roles": "r",
    "project_id": "p",
    "project_name": "pn",
    "project_domain_id": "pdi",
    "project_domain_name": "pdn",
    "domain_id": "d",
    "domain_name": "dn",
    "system": "s",
    "trust_id": "t",
    "application_credential_id": "ac",
    "access_rules": "ar",
}
_TUPLES = frozenset({"audit_ids", "methods", "roles", "access_rules"})


def sign(claims: Claims, key: ed25519.Ed25519PrivateKey, key_id: str) -> str:
    """Return the token for the claims."""
    payload: dict[str, Any] = {}
    for name, short in _SHORT.items():
        value = getattr(claims, name)
        if value not in (None, False, ()):
            payload[short] = list(value) if name in _TUPLES else value
    return jwt.encode(payload, key, algorithm=ALGORITHM, headers={"kid": key_id, "typ": None})


def key_id(token: str) -> str:
    """Return the id of the key a token claims to be signed with.  Raises TokenInvalid."""
    try:
        return str(jwt.get_unverified_header(token)["kid"])
    except (jwt.PyJWTError, KeyError) as error:
        raise TokenInvalid() from error


def verify(token: str, keys: dict[str, ed25519.Ed25519PublicKey], now: float) -> Claims:
    """Return what a token says, once its signature and expiry hold at `now`.

    Revocation is the caller's business.  Raises TokenInvalid, KeyUnknown.
    """
    claimed = key_id(token)
    key = keys.get(claimed)
    if key is None:
        raise KeyUnknown()
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
        )
        claims = _claims(payload)
    except (jwt.PyJWTError, KeyError, TypeError) as error:
        raise TokenInvalid() from error
    if claims.expires_at <= now:
        raise TokenInvalid()
    return claims


def _claims(payload: dict[str, Any]) -> Claims:
    values: dict[str, Any] = {}
    for name, short in _SHORT.items():
        if short in payload:
            values[name] = tuple(payload[short]) if name in _TUPLES else payload[short]
    return Claims(**values)


def fingerprint(token: str) -> str:
    """Return what stands for a token in caches and logs: a hash that gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()
