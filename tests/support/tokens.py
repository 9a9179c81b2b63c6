"""A test's own authority: it signs tokens, and services believe them without identity.

authority = Authority()
app = create_app(..., authenticator=authority.verifier())
client.simulate_get("/v2/images", headers=authority.headers(roles=["reader"]))
"""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from common import tokens
from common.auth import Verifier
from common.revocations import Revocation

PROJECT_ID = "0123456789abcdef0123456789abcdef"
USER_ID = "fedcba9876543210fedcba9876543210"
KEY_ID = "test-key"


class Authority:
    """Signs tokens, and is the KeySource of the verifiers that accept them.

    clock: seconds since the epoch; move it to let tokens grow old.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.rules: list[Revocation] = []
        self.asked: list[str] = []
        self._key = ed25519.Ed25519PrivateKey.generate()
        self._dead: set[str] = set()

    def claims(
        self,
        *,
        roles: Sequence[str] = ("member", "reader"),
        project_id: str | None = PROJECT_ID,
        user_id: str = USER_ID,
        lifetime_s: float = 3600,
        **others: Any,
    ) -> tokens.Claims:
        """Return what a token says.  Of system, domain and project scope, name at most one.

        others: further fields of common.tokens.Claims.
        """
        if others.get("system") or others.get("domain_id"):
            project_id = None
        now = self.clock()
        fields: dict[str, Any] = {
            "user_id": user_id,
            "user_name": f"user-{user_id[:6]}",
            "user_domain_id": "default",
            "user_domain_name": "Default",
            "issued_at": now,
            "expires_at": now + lifetime_s,
            "audit_ids": (uuid.uuid4().hex[:22],),
            "roles": tuple(roles),
            "project_id": project_id,
        }
        if project_id:
            fields["project_name"] = f"project-{project_id[:6]}"
            fields["project_domain_id"], fields["project_domain_name"] = "default", "Default"
        return tokens.Claims(**(fields | others))

    def token(self, **claims: Any) -> str:
        """Return a signed token; the arguments are those of `claims`."""
        return tokens.sign(self.claims(**claims), self._key, KEY_ID)

    def headers(self, **claims: Any) -> dict[str, str]:
        """Return the header that carries a new token; the arguments are those of `claims`."""
        return {"X-Auth-Token": self.token(**claims)}

    def revoke(self, token: str) -> None:
        """End one token."""
        self._dead.add(token)

    def verifier(self) -> Verifier:
        """Return an authenticator that accepts this authority's tokens."""
        return Verifier(self, clock=self.clock)

    def keys(self) -> dict[str, ed25519.Ed25519PublicKey]:
        return {KEY_ID: self._key.public_key()}

    def revocations(self, after: int) -> tuple[int, list[Revocation]]:
        return len(self.rules), self.rules[after:]

    def alive(self, token: str) -> bool:
        self.asked.append(token)
        return token not in self._dead
