"""Queries on controllers."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from orchestration.db.models import EngineRow

FORGET = dt.timedelta(hours=1)


def beat(
    session: orm.Session, engine_id: str, host: str, interval_s: float, now: dt.datetime
) -> None:
    """Write down that a controller lives, and forget those that have long been dead."""
    row = session.get(EngineRow, engine_id)
    if row is None:
        row = EngineRow(id=engine_id, host=host, interval_s=interval_s, created_at=now)
        session.add(row)
    row.updated_at = now
    session.execute(sa.delete(EngineRow).where(EngineRow.updated_at < now - FORGET))


def every(session: orm.Session) -> Sequence[EngineRow]:
    """Return all controllers, those that are dead for a short while included."""
    return session.scalars(sa.select(EngineRow).order_by(EngineRow.created_at)).all()
