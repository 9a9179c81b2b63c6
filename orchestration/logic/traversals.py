"""How one action of a stack begins, whoever asks for it: a request, or the stack around it."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import orm

from common.states import Verb
from orchestration import states
from orchestration.db import events, resources, stacks
from orchestration.db.models import Resource, Stack
from orchestration.logic import plans
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
