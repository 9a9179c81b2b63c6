"""Token to RequestContext, without a call: keys and revocations are kept here and kept fresh."""

import base64
import collections
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import requests
from cryptography.hazmat.primitives.asymmetric import ed25519

from common import tokens
from common.context import RequestContext
from common.contracts import identity as contract
from common.errors import Unavailable
from common.messages import handles
from common.revocations import Revocation, RevocationList
from common.rpc import Bus, EventListener
from common.tokens import Claims, KeyUnknown, TokenInvalid

LOG = logging.getLogger(__name__)
CACHE_SIZE = 10_000
KEY_FETCH_INTERVAL_S = 5.0


class IdentityUnavailable(Unavailable):
    message = "Tokens cannot be checked: identity does not answer."


class Authenticator(Protocol):
    """What the HTTP layer needs: the caller behind a token."""

    def authenticate(self, token: str, request_id: str) -> RequestContext:
        """Return the caller.  Raises Unauthorized or Unavailable."""


class KeySource(Protocol):
    """Where keys and revocations come from: identity over HTTP, or identity's own tables."""

    def keys(self) -> dict[str, ed25519.Ed25519PublicKey]:
        """Return the public keys by id."""

    def revocations(self, after: int) -> tuple[int, list[Revocation]]:
        """Return the newest sequence number and the rules after the one given."""

    def alive(self, token: str) -> bool:
        """Ask whether identity itself accepts the token now."""


class IdentityApi:
    """Keys and revocations over HTTP.  Source: identity's own `/v3/OS-CUMULET` routes."""

    def __init__(self, auth_url: str, timeout_s: float = 5.0) -> None:
        self._base = auth_url.rstrip("/")
        self._timeout_s = timeout_s
        self._http = requests.Session()

    def keys(self) -> dict[str, ed25519.Ed25519PublicKey]:
        found = self._get("/OS-CUMULET/keys")["keys"]
        return {
            key["id"]: ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public"]))
            for key in found
        }

    def revocations(self, after: int) -> tuple[int, list[Revocation]]:
        answer = self._get(f"/OS-CUMULET/revocations?after={after}")
        return answer["sequence"], [Revocation(**rule) for rule in answer["revocations"]]

    def alive(self, token: str) -> bool:
        headers = {"X-Auth-Token": token, "X-Subject-Token": token}
        try:
            answer = self._http.head(
                f"{self._base}/auth/tokens", headers=headers, timeout=self._timeout_s
            )
        except requests.RequestException as error:
            raise IdentityUnavailable() from error
        if answer.status_code >= 500:
            raise IdentityUnavailable()
        return bool(answer.status_code == 200)

    def _get(self, path: str) -> dict[str, Any]:
        try:
            answer = self._http.get(self._base + path, timeout=self._timeout_s)
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except requests.RequestException as error:
            raise IdentityUnavailable() from error
        return found


class Verifier:
    """Checks tokens here; asks identity only for keys it has not seen and rules it has missed.

    stale_after_s: without a sign of life on the bus for so long, each token is checked with
    identity instead, and refused when identity does not answer.
    """

    def __init__(
        self,
        source: KeySource,
        *,
        stale_after_s: float = 8.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._clock = clock
        self._stale_after_s = stale_after_s
        self._keys: dict[str, ed25519.Ed25519PublicKey] = {}
        self._keys_fetched = 0.0
        self._heard = 0.0
        self._revocations = RevocationList()
        self._cache: collections.OrderedDict[str, Claims] = collections.OrderedDict()
        self._lock = threading.Lock()
        self._listener: EventListener | None = None

    def listen(self, bus: Bus) -> None:
        """Follow identity's events from now on, in a thread."""
        self._listener = EventListener(bus, [contract.EVENTS], self, on_connect=self._catch_up)
        self._listener.start()

    def stop(self) -> None:
        """End the thread."""
        if self._listener is not None:
            self._listener.stop()

    def authenticate(self, token: str, request_id: str) -> RequestContext:
        """Return the caller behind a token.  Raises TokenInvalid, IdentityUnavailable."""
        claims = self.check(token)
        return context_of(claims, token, request_id)

    def check(self, token: str) -> Claims:
        """Return what a living token says.  Raises TokenInvalid, IdentityUnavailable."""
        claims = self._signed(token)
        now = self._clock()
        if claims.expires_at <= now or self._revocations.revoked(claims):
            raise TokenInvalid()
        if now - self._heard > self._stale_after_s and not self._source.alive(token):
            raise TokenInvalid()
        return claims

    def _signed(self, token: str) -> Claims:
        mark = tokens.fingerprint(token)
        with self._lock:
            claims = self._cache.get(mark)
        if claims is not None:
            return claims
        try:
            claims = tokens.verify(token, self._keys, self._clock())
        except KeyUnknown:
            self._fetch_keys()
            claims = tokens.verify(token, self._keys, self._clock())
        with self._lock:
            self._cache[mark] = claims
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return claims

    def _fetch_keys(self) -> None:
        with self._lock:
            due = self._clock() - self._keys_fetched > KEY_FETCH_INTERVAL_S or not self._keys
        if due:
            self._keys = self._source.keys()
            self._keys_fetched = self._clock()

    def _catch_up(self) -> None:
        try:
            newest, rules = self._source.revocations(self._revocations.sequence)
        except IdentityUnavailable:
            LOG.warning("revocations could not be fetched; tokens are checked with identity")
            return
        self._revocations.add(rules, sequence=newest)
        self._revocations.drop_expired(self._clock())
        self._heard = self._clock()

    @handles(contract.TokensRevoked)
    def revoke(self, ctx: RequestContext, event: contract.TokensRevoked) -> None:
        """Take one rule in; fetch what came before it when something is missing."""
        if event.sequence > self._revocations.sequence + 1:
            self._catch_up()
        self._revocations.add([Revocation(**event.rule)])  # type: ignore[arg-type]

    @handles(contract.RevocationsAlive)
    def hear(self, ctx: RequestContext, event: contract.RevocationsAlive) -> None:
        """Note that nothing is missing, or fetch what is."""
        self.refresh(event.sequence)

    def refresh(self, newest: int) -> None:
        """Take note that rule `newest` is the newest there is just now; fetch what is missing."""
        if newest > self._revocations.sequence:
            self._catch_up()
        else:
            self._heard = self._clock()


def context_of(claims: Claims, token: str, request_id: str) -> RequestContext:
    """Return the RequestContext that a token's claims make."""
    return RequestContext(
        request_id=request_id,
        user_id=claims.user_id,
        user_name=claims.user_name,
        user_domain_id=claims.user_domain_id,
        user_domain_name=claims.user_domain_name,
        project_id=claims.project_id,
        project_name=claims.project_name,
        project_domain_id=claims.project_domain_id,
        project_domain_name=claims.project_domain_name,
        domain_id=claims.domain_id,
        domain_name=claims.domain_name,
        system=claims.system,
        trust_id=claims.trust_id,
        roles=claims.roles,
        audit_ids=claims.audit_ids,
        access_rules=claims.access_rules,
        expires_at=claims.expires_at,
        token=token,
    )
