"""Queries on the snapshots of stacks."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from orchestration import errors, states
from orchestration.db.models import Snapshot, Stack

LEAVING = "DELETE_IN_PROGRESS"


def of(session: orm.Session, stack_id: str) -> Sequence[Snapshot]:
    """Return a stack's snapshots, without those that leave, oldest first."""
    query = sa.select(Snapshot).where(Snapshot.stack_id == stack_id, Snapshot.status != LEAVING)
    return session.scalars(query.order_by(Snapshot.created_at, Snapshot.id)).all()


def get(session: orm.Session, stack: Stack, snapshot_id: str) -> Snapshot:
    """Return one snapshot of a stack.  Raises SnapshotNotFound."""
    row = session.get(Snapshot, snapshot_id)
    if row is None or row.stack_id != stack.id or row.status == LEAVING:
        raise errors.SnapshotNotFound(snapshot=snapshot_id, stack=stack.name)
    return row


def taken(session: orm.Session, stack_id: str) -> Sequence[Snapshot]:
    """Return the snapshots of a stack that are being taken."""
    query = sa.select(Snapshot).where(
        Snapshot.stack_id == stack_id, Snapshot.status == states.IN_PROGRESS
    )
    return session.scalars(query).all()


def leaving(session: orm.Session) -> Sequence[str]:
    """Return the ids of stacks with snapshots that leave."""
    query = sa.select(Snapshot.stack_id).where(Snapshot.status == LEAVING)
    return session.scalars(query.distinct()).all()


def to_drop(session: orm.Session, stack: Stack) -> Sequence[Snapshot]:
    """Return the snapshots of a stack that are to go: all of them when the stack goes."""
    query = sa.select(Snapshot).where(Snapshot.stack_id == stack.id)
    if stack.action != "DELETE":
        query = query.where(Snapshot.status == LEAVING)
    return session.scalars(query).all()


def remove(session: orm.Session, snapshot_id: str) -> None:
    """Delete the row of a snapshot."""
    session.execute(sa.delete(Snapshot).where(Snapshot.id == snapshot_id))
