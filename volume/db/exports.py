"""Queries about volumes that are served to other hosts than the one that holds them."""

import datetime as dt
import random

import sqlalchemy as sa
from sqlalchemy import orm

from volume import errors
from volume.db.models import Attachment, Export, Volume


def add(session: orm.Session, export: Export, first: int, count: int) -> None:
    """Write down an export, with a port of its host that is free.

    Any of them may be it, so that asking again gets past one that somebody else has taken.
    Raises PortsTaken.
    """
    taken = set(session.scalars(sa.select(Export.port).where(Export.host == export.host)))
    free = [port for port in range(first, first + count) if port not in taken]
    if not free:
        raise errors.PortsTaken(host=export.host, count=count)
    export.port = random.choice(free)
    session.add(export)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:  # somebody else has just taken it
        raise errors.PortsTaken(host=export.host, count=len(taken) + 1) from error


def of_attachment(session: orm.Session, attachment_id: str) -> Export | None:
    """Return how an attachment reaches its volume from another host, or None."""
    return session.scalar(sa.select(Export).where(Export.attachment_id == attachment_id))


def served(session: orm.Session, volume_id: str) -> bool:
    """Tell whether a volume is used on another host than the one that holds it."""
    query = sa.select(Export.id).where(
        Export.volume_id == volume_id, Export.attachment_id.is_not(None)
    )
    return session.scalar(query.limit(1)) is not None


def of_volume(session: orm.Session, volume_id: str) -> list[Export]:
    """Return a volume's exports."""
    return list(session.scalars(sa.select(Export).where(Export.volume_id == volume_id)))


def on(session: orm.Session, host: str) -> list[tuple[Export, bool]]:
    """Return what a host is to serve, and whether several servers use the volume."""
    query = sa.select(Export, Volume.multiattach).join(Volume, Volume.id == Export.volume_id)
    return [
        (export, shared) for export, shared in session.execute(query.where(Export.host == host))
    ]


def new(
    export_id: str,
    volume: Volume,
    client: str,
    now: dt.datetime,
    *,
    attachment: Attachment | None = None,
    read_only: bool = False,
) -> Export:
    """Return a row that is not written down yet, and has no port."""
    return Export(
        id=export_id,
        attachment_id=attachment.id if attachment else None,
        volume_id=volume.id,
        host=volume.host,
        client=client,
        read_only=read_only,
        created_at=now,
    )
