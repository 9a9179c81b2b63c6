"""Revocation rules, numbered without a gap in the order they are committed."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.revocations import Revocation
from identity.db.models import Counter, Rule

COUNTER = "revocations"


def newest(session: orm.Session) -> int:
    """Return the newest rule's number, 0 before the first."""
    return session.scalar(sa.select(Counter.value).where(Counter.name == COUNTER)) or 0


def after(session: orm.Session, sequence: int) -> list[Revocation]:
    """Return the living rules above a number, in order."""
    query = sa.select(Rule).where(Rule.sequence > sequence).order_by(Rule.sequence)
    return [
        Revocation(
            sequence=rule.sequence,
            issued_before=rule.issued_before,
            expires_at=rule.expires_at,
            **rule.condition,
        )
        for rule in session.scalars(query)
    ]


def add(
    session: orm.Session, *, issued_before: float, expires_at: float, **condition: Any
) -> Revocation:
    """Record a rule.  The counter's row stays locked until the commit: that makes the order."""
    step = (
        sa.update(Counter)
        .where(Counter.name == COUNTER)
        .values(value=Counter.value + 1)
        .returning(Counter.value)
        .execution_options(synchronize_session=False)
    )
    sequence = session.execute(step).scalar_one()
    rule = Revocation(
        sequence=sequence, issued_before=issued_before, expires_at=expires_at, **condition
    )
    session.add(
        Rule(
            sequence=sequence,
            issued_before=issued_before,
            expires_at=expires_at,
            condition=condition,
        )
    )
    return rule


def drop_expired(session: orm.Session, now: float) -> None:
    """Forget the rules that no living token could match."""
    session.execute(sa.delete(Rule).where(Rule.expires_at <= now))
