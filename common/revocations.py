"""Which tokens no longer count: rules that identity makes and every service keeps."""

import dataclasses
import threading
from typing import Any

from common.tokens import Claims


@dataclasses.dataclass(frozen=True, kw_only=True)
class Revocation:
    """One rule: tokens that match every field given and were issued at or before the moment.

    sequence: 1, 2, 3... without a gap.  issued_before and expires_at: seconds since the epoch;
    after expires_at no token the rule could match is alive, and it is dropped.
    domain_id means tokens of the domain's scope, of its users, and in its projects.
    system is True for tokens of system scope, or None.  role: the name of one of the token's roles.
    """

    sequence: int
    issued_before: float
    expires_at: float
    audit_id: str | None = None
    audit_chain_id: str | None = None
    user_id: str | None = None
    project_id: str | None = None
    domain_id: str | None = None
    system: bool | None = None
    trust_id: str | None = None
    application_credential_id: str | None = None
    role: str | None = None

    def matches(self, claims: Claims) -> bool:
        """Say whether the rule ends this token."""
        if claims.issued_at > self.issued_before:
            return False
        token = _facts(claims)
        named = self.named()
        return bool(named) and all(getattr(self, name) in token[name] for name in named)

    def named(self) -> list[str]:
        """Return the fields the rule looks at, the most selective first."""
        return [name for name in SELECTIVE if getattr(self, name) is not None]

    def to_dict(self) -> dict[str, Any]:
        """Return the rule as JSON carries it."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}


SELECTIVE = (
    "audit_id",
    "audit_chain_id",
    "application_credential_id",
    "trust_id",
    "user_id",
    "project_id",
    "domain_id",
    "system",
    "role",
)


def _facts(claims: Claims) -> dict[str, tuple[Any, ...]]:
    """Return the values that a rule's field may have to match the token."""
    return {
        "audit_id": claims.audit_ids[:1],
        "audit_chain_id": claims.audit_ids[-1:],
        "application_credential_id": (claims.application_credential_id,),
        "trust_id": (claims.trust_id,),
        "user_id": (claims.user_id,),
        "project_id": (claims.project_id,),
        "domain_id": (claims.user_domain_id, claims.domain_id, claims.project_domain_id),
        "system": (claims.system,),
        "role": claims.roles,
    }


class RevocationList:
    """The rules known here; safe for many threads.

    A rule is filed under its most selective field, so a check costs a few look-ups however many
    rules there are.  sequence: the newest number below which nothing is missing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: dict[int, Revocation] = {}
        self._index: dict[tuple[str, Any], list[Revocation]] = {}
        self.sequence = 0

    def add(self, rules: list[Revocation], *, sequence: int | None = None) -> None:
        """Take rules in, whatever their order; known ones change nothing.

        sequence: the newest number there is, when it is known that nothing up to it is missing.
        """
        with self._lock:
            for rule in rules:
                if rule.sequence not in self._rules:
                    self._file(rule)
            self.sequence = max(self.sequence, sequence or 0)
            while self.sequence + 1 in self._rules:
                self.sequence += 1

    def drop_expired(self, now: float) -> None:
        """Forget the rules that no living token could match."""
        with self._lock:
            living = [rule for rule in self._rules.values() if rule.expires_at > now]
            self._rules, self._index = {}, {}
            for rule in living:
                self._file(rule)

    def revoked(self, claims: Claims) -> bool:
        """Say whether any rule ends this token."""
        with self._lock:
            if not self._index:
                return False
            candidates = [
                rule
                for name, values in _facts(claims).items()
                for value in values
                if value is not None
                for rule in self._index.get((name, value), ())
            ]
        return any(rule.matches(claims) for rule in candidates)

    def _file(self, rule: Revocation) -> None:
        self._rules[rule.sequence] = rule
        named = rule.named()
        if named:
            key = (named[0], getattr(rule, named[0]))
            self._index.setdefault(key, []).append(rule)
