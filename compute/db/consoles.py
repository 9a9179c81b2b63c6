"""Tokens that open a console: their rows, and the queries about them."""

import datetime as dt
import hashlib

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import Mapped, mapped_column

from common import db
from compute.db.base import Base
from compute.db.models import UUID


class ConsoleToken(Base):
    """Leave to open one console once.  Only the token's hash is kept.

    protocol: `vnc` or `serial`.  kind: `novnc` or `serial`, as the caller named it.
    """

    __tablename__ = "console_tokens"
    __table_args__ = (
        sa.Index("ix_console_tokens_expires", "expires_at"),
        sa.Index("ix_console_tokens_server", "server_id"),
    )

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    server_id: Mapped[str] = mapped_column(UUID)
    host: Mapped[str] = mapped_column(sa.String(255))
    protocol: Mapped[str] = mapped_column(sa.String(16))
    kind: Mapped[str] = mapped_column(sa.String(16))
    expires_at: Mapped[dt.datetime]


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def drop_expired(session: orm.Session, now: dt.datetime) -> None:
    """Remove the rows that open nothing any more."""
    session.execute(sa.delete(ConsoleToken).where(ConsoleToken.expires_at <= now))


def find(session: orm.Session, hashed: str, now: dt.datetime) -> ConsoleToken | None:
    """Return a token that was neither used nor is too old."""
    query = sa.select(ConsoleToken).where(
        ConsoleToken.hash == hashed, ConsoleToken.expires_at > now
    )
    return session.scalar(query)


def use(session: orm.Session, token: ConsoleToken) -> bool:
    """Take a token away; say whether nobody was faster."""
    return db.matched(session, sa.delete(ConsoleToken).where(ConsoleToken.hash == token.hash))
