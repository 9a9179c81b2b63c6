"""In which stores images are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from image.db.models import Copy, CopyDiscard, Image

READY, COPYING, FAILED = "ready", "copying", "failed"


def add(session: orm.Session, image_id: str, store: str) -> None:
    """Note that a store has an image's data."""
    session.merge(Copy(image_id=image_id, store=store, status=READY))
    session.flush()


def fail(session: orm.Session, image_id: str, wanted: Sequence[str]) -> None:
    """Note that data did not come to stores, unless the image is gone."""
    if session.scalar(sa.select(Image.id).where(Image.id == image_id)) is None:
        return
    for store in wanted:
        session.merge(Copy(image_id=image_id, store=store, status=FAILED))
    session.flush()


def forget_failed(session: orm.Session, image_id: str) -> None:
    """Note no longer that data did not come to stores: it is tried again."""
    session.execute(sa.delete(Copy).where(Copy.image_id == image_id, Copy.status == FAILED))


def stores(session: orm.Session, image_id: str, status: str = READY) -> Sequence[str]:
    """Return the stores where an image's data is, or is on its way to."""
    query = sa.select(Copy.store).where(Copy.image_id == image_id, Copy.status == status)
    return session.scalars(query.order_by(Copy.store)).all()


def begin(session: orm.Session, image_id: str, wanted: Sequence[str]) -> Sequence[str]:
    """Note that data is on its way to those of these stores that do not have it; return them."""
    forget_failed(session, image_id)
    known = set(session.scalars(sa.select(Copy.store).where(Copy.image_id == image_id)))
    missing = [store for store in wanted if store not in known]
    for store in missing:
        session.add(Copy(image_id=image_id, store=store, status=COPYING))
    session.flush()
    return missing


def end(session: orm.Session, image_id: str, store: str, status: str) -> bool:
    """Note how a copy ended; False when nobody waits for it any more."""
    return db.matched(
        session,
        sa.update(Copy)
        .where(Copy.image_id == image_id, Copy.store == store, Copy.status == COPYING)
        .values(status=status),
    )


def give_up(session: orm.Session, image_id: str, data_id: str, status: str | None) -> None:
    """End the copies on their way: as failed ones, or with None as if nobody had asked for them."""
    for store in stores(session, image_id, COPYING):
        discard(session, data_id, store)
        if status is not None:
            end(session, image_id, store, status)
    if status is None:
        session.execute(sa.delete(Copy).where(Copy.image_id == image_id, Copy.status != READY))


def clear(session: orm.Session, image_id: str) -> None:
    """Note that no store has an image's data for use."""
    session.execute(sa.delete(Copy).where(Copy.image_id == image_id))


def drop(session: orm.Session, image: Image, store: str) -> bool:
    """Have a store forget an image that another one keeps; False when it is the only one.

    The database decides between two callers: the row goes only where another is ready.
    """
    other = sa.select(Copy.store).where(
        Copy.image_id == image.id, Copy.status == READY, Copy.store != store
    )
    gone = sa.delete(Copy).where(
        Copy.image_id == image.id, Copy.store == store, sa.exists(other.correlate(None))
    )
    if not db.matched(session, gone):
        return False
    discard(session, str(image.data_id), store)
    return True


def ready(image: Image) -> list[str]:
    """Return the stores that an image can be read from."""
    return [copy.store for copy in image.copies if copy.status == READY]


def locations(image: Image) -> list[tuple[str, dict[str, Any]]]:
    """Return where an image's data is, and what is said of that: in stores first, then elsewhere.

    What is in a store has an address that names it and leads nowhere.
    """
    here: list[tuple[str, dict[str, Any]]] = []
    if image.status in ("active", "deactivated"):
        here = [(f"cumulet://{store}/{image.data_id}", {}) for store in ready(image)]
    return here + [(one.url, one.facts) for one in image.locations]


def lock(session: orm.Session, image_id: str) -> None:
    """Let nobody else count an image's copies until the transaction ends."""
    session.execute(sa.update(Image).where(Image.id == image_id).values(id=image_id))


def discard(session: orm.Session, data_id: str, store: str) -> None:
    """Note data that one store is to forget."""
    session.merge(CopyDiscard(data_id=data_id, store=store))
    session.flush()


def discards(session: orm.Session, limit: int = 100) -> list[tuple[str, str]]:
    """Return (data id, store) of data that single stores are to forget."""
    found = session.scalars(sa.select(CopyDiscard).limit(limit))
    return [(row.data_id, row.store) for row in found]


def forgotten(session: orm.Session, data_id: str, store: str) -> None:
    """Note that a store has forgotten some data."""
    session.execute(sa.delete(CopyDiscard).filter_by(data_id=data_id, store=store))
