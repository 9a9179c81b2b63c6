"""Queries about key pairs."""

import sqlalchemy as sa
from sqlalchemy import orm

from compute import errors
from compute.db.models import Keypair


def get(session: orm.Session, user_id: str, name: str) -> Keypair:
    """Return one of a user's keys.  Raises KeypairNotFound."""
    query = sa.select(Keypair).where(Keypair.user_id == user_id, Keypair.name == name)
    found = session.scalar(query)
    if found is None:
        raise errors.KeypairNotFound(name=name, user_id=user_id)
    return found


def listed(
    session: orm.Session, user_id: str, marker: str | None = None, limit: int | None = None
) -> list[Keypair]:
    """Return a user's keys by name, after the marker.  Raises KeypairNotFound for the marker."""
    query = sa.select(Keypair).where(Keypair.user_id == user_id).order_by(Keypair.name)
    if marker is not None:
        query = query.where(Keypair.name > get(session, user_id, marker).name)
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def count(session: orm.Session, user_id: str) -> int:
    """Return how many keys a user has."""
    query = sa.select(sa.func.count()).select_from(Keypair).where(Keypair.user_id == user_id)
    return int(session.scalar(query) or 0)


def add(session: orm.Session, keypair: Keypair) -> None:
    """Keep a new key.  Raises KeypairExists."""
    session.add(keypair)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.KeypairExists(name=keypair.name) from error
