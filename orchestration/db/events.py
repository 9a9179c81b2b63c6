"""Queries on events."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from orchestration import errors
from orchestration.db.models import Event, Resource, Stack

FILTERS = {
    "resource_action": Event.action,
    "resource_status": Event.status,
    "resource_name": Event.resource_name,
    "resource_type": Event.resource_type,
}


def of_stack(session: orm.Session, stack: Stack, now: dt.datetime) -> None:
    """Write down the state a stack is in now."""
    _add(
        session,
        now,
        stack_id=stack.id,
        resource_name=stack.name,
        resource_type="OS::Heat::Stack",
        physical_id=stack.id,
        action=stack.action,
        status=stack.status,
        status_reason=stack.status_reason,
        properties=None,
    )


def of_resource(
    session: orm.Session,
    node: Resource,
    now: dt.datetime,
    *,
    action: str | None = None,
    status: str | None = None,
    reason: str | None = None,
) -> None:
    """Write down the state a resource is in now, or that something else happened to it."""
    _add(
        session,
        now,
        stack_id=node.stack_id,
        resource_name=node.name,
        resource_type=node.type,
        physical_id=node.physical_id,
        action=action or node.action,
        status=status or node.status,
        status_reason=node.status_reason if reason is None else reason,
        properties=node.properties,
    )


def _add(session: orm.Session, now: dt.datetime, **values: Any) -> None:
    session.add(Event(id=str(uuid.uuid4()), created_at=now, **values))


def of(
    session: orm.Session,
    stack_ids: Sequence[str],
    *,
    resource_name: str | None = None,
    filters: Mapping[str, Sequence[str]] | None = None,
    marker: str | None = None,
    limit: int = 1000,
    newest_first: bool = False,
) -> Sequence[Event]:
    """Return events of stacks in order.

    marker: the id of the last one seen.  filters: lists of values by column of FILTERS.
    """
    query = sa.select(Event).where(Event.stack_id.in_(stack_ids))
    for name, values in (filters or {}).items():
        query = query.where(FILTERS[name].in_(values))
    if resource_name is not None:
        query = query.where(Event.resource_name == resource_name)
    if marker:
        at = _sequence(session, stack_ids, marker)
        query = query.where(Event.sequence < at if newest_first else Event.sequence > at)
    query = query.order_by(Event.sequence.desc() if newest_first else Event.sequence)
    return session.scalars(query.limit(limit)).all()


def _sequence(session: orm.Session, stack_ids: Sequence[str], event_id: str) -> int:
    query = sa.select(Event.sequence).where(Event.stack_id.in_(stack_ids), Event.id == event_id)
    found = session.scalars(query).first()
    if found is None:
        raise errors.EventNotFound(event=event_id)
    return found


def get(session: orm.Session, stack_id: str, event_id: str) -> Event:
    """Return one event.  Raises EventNotFound."""
    query = sa.select(Event).where(Event.stack_id == stack_id, Event.id == event_id)
    row = session.scalars(query).first()
    if row is None:
        raise errors.EventNotFound(event=event_id)
    return row
