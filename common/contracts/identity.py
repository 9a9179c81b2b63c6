"""What identity tells everybody."""

from common.messages import Contract, Event

EVENTS = Contract("identity.events", version="1.0")


class TokensRevoked(Event, contract=EVENTS, topic="identity.tokens.revoked"):
    """Some tokens ended.  rule: the fields of common.revocations.Revocation."""

    sequence: int
    rule: dict[str, object]


class RevocationsAlive(Event, contract=EVENTS, topic="identity.revocations.alive"):
    """Sent every two seconds: the newest rule's number, so that listeners notice a gap."""

    sequence: int
