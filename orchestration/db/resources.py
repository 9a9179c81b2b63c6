"""Queries on the resources of a stack."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from orchestration import errors, states
from orchestration.db.models import Resource, Stack


def of(session: orm.Session, stack_id: str, *, lock: bool = False) -> Sequence[Resource]:
    """Return every node of a stack, oldest first.

    lock: whether nobody else can take one of them before the transaction ends.
    """
    query = sa.select(Resource).where(Resource.stack_id == stack_id)
    query = query.order_by(Resource.created_at, Resource.name)
    return session.scalars(query.with_for_update() if lock else query).all()


def current(session: orm.Session, stack: Stack, name: str) -> Resource:
    """Return the node that the API shows under a name.  Raises ResourceNotFound."""
    query = (
        sa.select(Resource)
        .where(Resource.stack_id == stack.id, Resource.name == name)
        .order_by((Resource.goal == states.PRESENT).desc(), Resource.created_at.desc())
    )
    row = session.scalars(query.limit(1)).first()
    if row is None:
        raise errors.ResourceNotFound(resource=name, stack=stack.name)
    return row


def claim(
    session: orm.Session,
    node: Resource,
    action: str | None,
    lease_until: dt.datetime,
    holder: str,
    began_at: dt.datetime,
) -> bool:
    """Take a node to work on; say whether nobody else was quicker.

    action: what is shown meanwhile; None when it is not known yet whether there is a thing to do.
    """
    shown: dict[str, Any] = {}
    if action is not None:
        shown = {"action": action, "status": states.IN_PROGRESS, "status_reason": "state changed"}
    taken = (
        sa.update(Resource)
        .where(
            Resource.id == node.id,
            Resource.generation == node.generation,
            Resource.state == node.state,
        )
        .values(
            **shown,
            state=states.RUNNING,
            generation=Resource.generation + 1,
            attempts=Resource.attempts + 1,
            lease_until=lease_until,
            holder=holder,
            hook=None,
            began_at=began_at,
        )
    )
    if not db.matched(session, taken):
        return False
    session.refresh(node)
    return True


def holders(session: orm.Session) -> Sequence[str]:
    """Return the processes that are said to work on something."""
    query = sa.select(Resource.holder).where(
        Resource.state == states.RUNNING, Resource.holder.is_not(None)
    )
    return [name for name in session.scalars(query.distinct()) if name]


def shorten(session: orm.Session, holder: str, lease_until: dt.datetime) -> bool:
    """Let what a process works on be taken from it at the given time; say if that is sooner."""
    shortened = (
        sa.update(Resource)
        .where(
            Resource.state == states.RUNNING,
            Resource.holder == holder,
            Resource.lease_until > lease_until,
        )
        .values(lease_until=lease_until)
    )
    return db.matched(session, shortened)


def record(session: orm.Session, node_id: str, generation: int, **values: Any) -> bool:
    """Write something down about a node, unless somebody else has taken it since."""
    written = (
        sa.update(Resource)
        .where(Resource.id == node_id, Resource.generation == generation)
        .values(**values)
    )
    return db.matched(session, written)


def remove(session: orm.Session, node_id: str, generation: int) -> bool:
    """Delete a node's row, unless somebody else has taken it since."""
    gone = sa.delete(Resource).where(Resource.id == node_id, Resource.generation == generation)
    return db.matched(session, gone)


def park(session: orm.Session, node_id: str, generation: int, news: int, **values: Any) -> bool:
    """Let a node wait without a worker; say whether it is ours and no news has come meanwhile."""
    parked = (
        sa.update(Resource)
        .where(Resource.id == node_id, Resource.generation == generation, Resource.news == news)
        .values(state=states.PARKED, holder=None, **values)
    )
    return db.matched(session, parked)


def wake(session: orm.Session, node_id: str, now: dt.datetime) -> None:
    """Let a node be looked at again: what it may wait for has changed."""
    told = sa.update(Resource).where(Resource.id == node_id)
    session.execute(told.values(news=Resource.news + 1))
    free = told.where(Resource.state == states.PARKED)
    session.execute(free.values(lease_until=now - dt.timedelta(microseconds=1)))


def halt(session: orm.Session, node: Resource, hook: str) -> bool:
    """Let a waiting node stand still at a hook; say whether nobody else was quicker."""
    halted = (
        sa.update(Resource)
        .where(
            Resource.id == node.id,
            Resource.generation == node.generation,
            Resource.state == node.state,
        )
        .values(hook=hook, generation=Resource.generation + 1)
    )
    if not db.matched(session, halted):
        return False
    session.refresh(node)
    return True


def clear(session: orm.Session, node: Resource, hook: str) -> bool:
    """Let a node go on that stands still at a hook; say whether it stood there."""
    cleared = (
        sa.update(Resource)
        .where(Resource.id == node.id, Resource.hook == hook)
        .values(hook=None, cleared=[*(node.cleared or []), hook])
    )
    if not db.matched(session, cleared):
        return False
    session.refresh(node)
    return True


def by_physical(session: orm.Session, project_id: str, physical_id: str) -> Resource | None:
    """Return the resource of a project's stacks that has this physical id."""
    query = (
        sa.select(Resource)
        .join(Stack, Stack.id == Resource.stack_id)
        .where(Resource.physical_id == physical_id, Stack.project_id == project_id)
        .order_by(Resource.created_at.desc())
    )
    return session.scalars(query.limit(1)).first()
