"""Queries about the volumes of servers."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from compute.db.models import BlockDevice, Server


def of(session: orm.Session, server_ids: Sequence[str]) -> dict[str, list[BlockDevice]]:
    """Return the volumes of some servers by server id, the oldest first."""
    found: dict[str, list[BlockDevice]] = {server_id: [] for server_id in server_ids}
    for start in range(0, len(server_ids), 500):
        part = server_ids[start : start + 500]
        query = sa.select(BlockDevice).where(BlockDevice.server_id.in_(part))
        for row in session.scalars(query.order_by(BlockDevice.created_at, BlockDevice.id)):
            found[row.server_id].append(row)
    return found


def find(session: orm.Session, server_id: str, volume_id: str) -> BlockDevice | None:
    """Return a server's volume, or None."""
    query = sa.select(BlockDevice).where(
        BlockDevice.server_id == server_id, BlockDevice.volume_id == volume_id
    )
    return session.scalar(query)


def of_volume(session: orm.Session, volume_id: str) -> list[tuple[BlockDevice, Server]]:
    """Return who has a volume: each row with its server."""
    query = (
        sa.select(BlockDevice, Server)
        .join(Server, Server.id == BlockDevice.server_id)
        .where(BlockDevice.volume_id == volume_id)
    )
    return [(row, server) for row, server in session.execute(query)]


def stale(
    session: orm.Session, states: Collection[str], before: dt.datetime
) -> list[tuple[BlockDevice, Server]]:
    """Return the rows that have been in one of some states since before a moment."""
    query = (
        sa.select(BlockDevice, Server)
        .join(Server, Server.id == BlockDevice.server_id)
        .where(BlockDevice.state.in_(states), BlockDevice.since < before)
    )
    return [(row, server) for row, server in session.execute(query.limit(200))]


def move(
    session: orm.Session, row_id: str, starts: Collection[str], state: str, now: dt.datetime
) -> bool:
    """Take a row from one state to another; False when it is in none of the starts."""
    step = sa.update(BlockDevice).where(BlockDevice.id == row_id, BlockDevice.state.in_(starts))
    done = session.execute(step.values(state=state, since=now))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def remove(session: orm.Session, server_id: str, parted: Mapping[str, str | None]) -> bool:
    """Remove rows of a server whose attachments have ended; False when one was connected since.

    parted: the rows by id, each with the attachment that it had when it was let go.
    """
    for row_id, attachment_id in parted.items():
        same = BlockDevice.attachment_id.is_not_distinct_from(attachment_id)
        session.execute(sa.delete(BlockDevice).where(BlockDevice.id == row_id, same))
    left = sa.select(BlockDevice.id).where(BlockDevice.server_id == server_id)
    return session.scalar(left.where(BlockDevice.id.in_(parted)).limit(1)) is None


def held(session: orm.Session, server_ids: Collection[str]) -> set[tuple[str, str]]:
    """Return the pairs of server and volume that there are rows of."""
    query = sa.select(BlockDevice.server_id, BlockDevice.volume_id)
    found = session.execute(query.where(BlockDevice.server_id.in_(server_ids)))
    return {(server_id, volume_id) for server_id, volume_id in found}
