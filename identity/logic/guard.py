"""Identity's own door: tokens are checked against its own tables, never older than the request."""

import time
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ed25519

from common.auth import Verifier, context_of
from common.context import RequestContext
from common.db import Database
from common.revocations import Revocation
from common.tokens import Claims
from identity.db import revocations
from identity.drivers.keyring import KeyRing


class OwnTables:
    """Keys and revocations from where they are kept."""

    def __init__(self, database: Database, ring: KeyRing) -> None:
        self._database = database
        self._ring = ring

    def keys(self) -> dict[str, ed25519.Ed25519PublicKey]:
        return self._ring.public()

    def revocations(self, after: int) -> tuple[int, list[Revocation]]:
        with self._database.reading() as session:
            return revocations.newest(session), revocations.after(session, after)

    def newest(self) -> int:
        """Return the newest rule's number."""
        with self._database.reading() as session:
            return revocations.newest(session)

    def alive(self, token: str) -> bool:
        """Never asked: the list is brought up to date before each check."""
        return True


class Guard:
    """The Authenticator of identity's API.

    One process may end a token and the next refuses it: each check looks at the newest number.
    """

    def __init__(
        self, database: Database, ring: KeyRing, clock: Callable[[], float] = time.time
    ) -> None:
        self.source = OwnTables(database, ring)
        self._verifier = Verifier(self.source, clock=clock)

    def authenticate(self, token: str, request_id: str) -> RequestContext:
        """Return the caller.  Raises TokenInvalid, DatabaseUnavailable."""
        return context_of(self.check(token), token, request_id)

    def check(self, token: str) -> Claims:
        """Return what a living token says.  Raises TokenInvalid, DatabaseUnavailable."""
        self._verifier.refresh(self.source.newest())
        return self._verifier.check(token)
