"""How one action of a stack begins, whoever asks for it: a request, or the stack around it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import orm

from common.states import Verb
from orchestration import states
from orchestration.db import events, resources, stacks
from orchestration.db.models import Resource, Stack
from orchestration.logic import definitions, plans
from orchestration.logic.definitions import Request
from orchestration.templates.definition import Definition

KEPT = ("template", "environment", "files", "parameters")


def begin(
    session: orm.Session, stack: Stack, verb: Verb, deadline: dt.datetime | None, now: dt.datetime
) -> None:
    """Claim a stack for one verb.  Raises ActionInProgress, StackUnfit."""
    stacks.begin(session, stack, verb, str(uuid.uuid4()), deadline)
    events.of_stack(session, stack, now)


def begun(session: orm.Session, stack: Stack, now: dt.datetime) -> None:
    """Write down that a stack begins to be made."""
    events.of_stack(session, stack, now)


def change(
    session: orm.Session, stack: Stack, request: Request, definition: Definition, now: dt.datetime
) -> None:
    """Let a stack that has begun become what is asked for."""
    stack.previous = {name: getattr(stack, name) for name in KEPT}
    for name, value in request.to_row().items():
        setattr(stack, name, value)
    plans.towards(session, stack, resources.of(session, stack.id), definition, now)


def go_round(session: orm.Session, stack: Stack) -> None:
    """Let a stack that has begun carry its action out on each resource there is."""
    for row in resources.of(session, stack.id):
        if row.goal == states.PRESENT and row.state != states.RUNNING:
            row.state, row.attempts, row.begun, row.began_at = states.WAITING, 0, False, None
            row.hook, row.cleared = None, None


def go_away(session: orm.Session, stack: Stack, *, keep_retained: bool) -> None:
    """Let a stack that has begun leave."""
    plans.away(resources.of(session, stack.id), keep_retained=keep_retained)


def forget(session: orm.Session, stack: Stack, now: dt.datetime, *, last: bool) -> None:
    """Let go of a stack's resources without removing them.

    last: whether the stack is gone with that, as one inside another is.
    """
    rows = resources.of(session, stack.id)
    plans.away(rows, keep_retained=True)
    for row in rows:
        row.retain = True
    if last:
        for row in rows:
            session.delete(row)
        stack.action, stack.status, stack.deleted_at = "DELETE", states.COMPLETE, now
        stack.status_reason, stack.traversal = "Stack was abandoned", str(uuid.uuid4())
        stack.deadline = None
        events.of_stack(session, stack, now)


def roll_back(
    session: orm.Session, stack: Stack, rows: Sequence[Resource], now: dt.datetime
) -> None:
    """Let a stack whose creation or update has failed become what it was before."""
    if stack.action not in ("CREATE", "UPDATE"):
        return
    if stack.action == "UPDATE" and stack.previous is None:
        return
    updating = stack.action == "UPDATE"
    stack.action, stack.status = states.ROLLBACK.running, states.IN_PROGRESS
    stack.status_reason = "Stack ROLLBACK started"
    stack.traversal = str(uuid.uuid4())
    stack.deadline = now + dt.timedelta(minutes=stack.timeout_mins)
    events.of_stack(session, stack, now)
    if updating and stack.previous is not None:
        for key, value in stack.previous.items():
            setattr(stack, key, value)
        stack.previous = None
        plans.towards(session, stack, rows, definitions.of_row(stack), now)
    else:
        plans.away(rows, keep_retained=False)
    session.flush()


def cancel(session: orm.Session, stack: Stack, now: dt.datetime) -> Sequence[Resource]:
    """End what a stack goes through as failed, here and in the stacks inside; return its rows.

    Whoever works on a resource loses it; what was made unseen is found by its mark.
    """
    for inner in stacks.below(session, stack, definitions.MAX_DEPTH + 1):
        if inner.status == states.IN_PROGRESS:
            _end(session, inner, now)
    return _end(session, stack, now)


def _end(session: orm.Session, stack: Stack, now: dt.datetime) -> Sequence[Resource]:
    words = f"Stack {stack.action} cancelled"
    rows = resources.of(session, stack.id, lock=True)
    for row in rows:
        if row.state != states.DONE:
            row.action = stack.action if row.action == "INIT" else row.action
            row.state, row.status, row.status_reason = states.BROKEN, states.FAILED, words
            row.generation += 1
            row.hook, row.begun = None, False
    stack.status, stack.status_reason, stack.deadline = states.FAILED, words, None
    stack.traversal = str(uuid.uuid4())
    stack.updated_at = now
    events.of_stack(session, stack, now)
    session.flush()
    return rows


def row_of(stack_id: str, name: str, request: Request, **values: Any) -> Stack:
    """Return the row of a stack that begins to be made."""
    return Stack(
        **{
            "id": stack_id,
            "name": name,
            "action": states.CREATE.running,
            "status": states.IN_PROGRESS,
            "status_reason": "Stack CREATE started",
            "traversal": str(uuid.uuid4()),
            "previous": None,
            "depth": 0,
            **request.to_row(),
            **values,
        }
    )


def is_made(row: Resource) -> bool:
    """Say whether a resource has been made once, so that it can be changed."""
    return row.physical_id is not None and row.attributes is not None
