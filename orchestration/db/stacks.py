"""Queries on stacks."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db, paging
from common.context import RequestContext
from orchestration import errors, states
from orchestration.db.models import Stack

COLUMNS = {
    "creation_time": Stack.created_at,
    "created_at": Stack.created_at,
    "updated_time": Stack.updated_at,
    "stack_name": Stack.name,
    "name": Stack.name,
    "stack_status": Stack.status,
    "status": Stack.status,
    "id": Stack.id,
}


def get(session: orm.Session, project_id: str, name_or_id: str) -> Stack:
    """Return a stack by its name or id; a deleted one only by its id.  Raises EntityNotFound."""
    found = session.get(Stack, name_or_id)
    if found is not None and found.project_id == project_id:
        return found
    query = sa.select(Stack).where(
        Stack.project_id == project_id, Stack.name == name_or_id, Stack.deleted_at.is_(None)
    )
    row = session.scalars(query).first()
    if row is None:
        raise errors.EntityNotFound(stack=name_or_id)
    return row


def add(session: orm.Session, stack: Stack) -> None:
    """Insert a stack.  Raises StackExists when its name is taken."""
    session.add(stack)
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        raise errors.StackExists(name=stack.name) from error


def turn(session: orm.Session, project_id: str) -> None:
    """Let nobody else count the project's stacks until the transaction ends."""
    db.lock(session, f"stacks of {project_id}")


def count(session: orm.Session, project_id: str) -> int:
    """Return how many stacks a project has, without those inside others."""
    query = sa.select(sa.func.count()).where(
        Stack.project_id == project_id, Stack.deleted_at.is_(None), Stack.depth == 0
    )
    return session.scalar(query) or 0


def list(
    session: orm.Session,
    ctx: RequestContext,
    page: paging.Page,
    *,
    names: tuple[str, ...] = (),
    ids: tuple[str, ...] = (),
    statuses: tuple[str, ...] = (),
    every_project: bool = False,
    deleted: bool = False,
    tags: tuple[str, ...] = (),
    any_tag: tuple[str, ...] = (),
    not_tags: tuple[str, ...] = (),
    no_tag: tuple[str, ...] = (),
    nested: bool = False,
    parent_id: str | None = None,
    usernames: tuple[str, ...] = (),
    actions: tuple[str, ...] = (),
) -> Any:
    """Return one page of the caller's stacks; `statuses` are as `CREATE_COMPLETE`.

    tags, any_tag: those with all, or one, of these.  not_tags, no_tag: those without.
    nested: also those inside others.  parent_id: only those inside this one.
    """
    query = sa.select(Stack)
    if not every_project:
        query = query.where(Stack.project_id == ctx.project_id)
    if not deleted:
        query = query.where(Stack.deleted_at.is_(None))
    if parent_id:
        query = query.where(Stack.parent_id == parent_id)
    elif not nested:
        query = query.where(Stack.depth == 0)
    if usernames:
        query = query.where(Stack.user_name.in_(usernames))
    if actions:
        query = query.where(Stack.action.in_(actions))
    if names:
        query = query.where(Stack.name.in_(names))
    if ids:
        query = query.where(Stack.id.in_(ids))
    if statuses:
        shown = Stack.action + "_" + Stack.status
        query = query.where(sa.or_(shown.in_(statuses), Stack.status.in_(statuses)))
    for condition in _tagged(tags, any_tag, not_tags, no_tag):
        query = query.where(condition)
    return paging.fetch(session, query, COLUMNS, Stack.id, page)


def _tagged(
    every: tuple[str, ...], some: tuple[str, ...], not_every: tuple[str, ...], none: tuple[str, ...]
) -> Sequence[sa.ColumnElement[bool]]:
    text = sa.cast(Stack.tags, sa.Text)

    def has(names: tuple[str, ...]) -> Sequence[sa.ColumnElement[bool]]:
        return [text.contains(json.dumps(name), autoescape=True) for name in names]

    return [
        *has(every),
        *([sa.or_(*has(some))] if some else []),
        *([sa.not_(sa.and_(*has(not_every)))] if not_every else []),
        *([sa.not_(sa.or_(*has(none)))] if none else []),
    ]


def begin(
    session: orm.Session, stack: Stack, verb: Any, traversal: str, deadline: dt.datetime | None
) -> None:
    """Claim the stack for one verb, in a new traversal.  Raises ActionInProgress, StackUnfit."""
    shown = Stack.action + "_" + Stack.status
    claim = (
        sa.update(Stack)
        .where(
            Stack.id == stack.id,
            Stack.traversal == stack.traversal,
            Stack.deleted_at.is_(None),
            shown.in_(verb.start),
        )
        .values(
            action=verb.running,
            status=states.IN_PROGRESS,
            status_reason=f"Stack {verb.running} started",
            traversal=traversal,
            deadline=deadline,
        )
    )
    if not db.matched(session, claim):
        if stack.status == states.IN_PROGRESS:
            raise errors.ActionInProgress(name=stack.name, action=stack.action)
        status = f"{stack.action}_{stack.status}"
        raise errors.StackUnfit(name=stack.name, status=status, verb=verb.name)
    session.refresh(stack)


def finish(session: orm.Session, stack: Stack, status: str, reason: str, now: dt.datetime) -> bool:
    """Record how the traversal under way ended; say whether it still was the one that counts."""
    values: dict[str, Any] = {"status": status, "status_reason": reason, "deadline": None}
    if stack.action != "CREATE":
        values["updated_at"] = now
    if stack.action == "DELETE" and status == states.COMPLETE:
        values["deleted_at"] = now
    end = (
        sa.update(Stack)
        .where(
            Stack.id == stack.id,
            Stack.traversal == stack.traversal,
            Stack.status == states.IN_PROGRESS,
        )
        .values(**values)
    )
    return db.matched(session, end)


def of_node(session: orm.Session, node_id: str) -> Stack | None:
    """Return the living stack that a resource consists of, if there is one."""
    query = sa.select(Stack).where(Stack.parent_node == node_id, Stack.deleted_at.is_(None))
    return session.scalars(query).first()


def below(session: orm.Session, stack: Stack, depth: int) -> Sequence[Stack]:
    """Return the living stacks inside a stack, down to so many levels."""
    query = sa.select(Stack).where(
        Stack.root_id == (stack.root_id or stack.id),
        Stack.deleted_at.is_(None),
        Stack.depth > stack.depth,
        Stack.depth <= stack.depth + depth,
    )
    found: dict[str, Stack] = {stack.id: stack}
    for one in session.scalars(query.order_by(Stack.depth, Stack.created_at)):
        if one.parent_id in found:
            found[one.id] = one
    return [one for one in found.values() if one is not stack]


def of_nodes(session: orm.Session, stack_id: str) -> dict[str, Stack]:
    """Return the living stacks directly inside a stack, by the resource they are."""
    query = sa.select(Stack).where(Stack.parent_id == stack_id, Stack.deleted_at.is_(None))
    return {str(one.parent_node): one for one in session.scalars(query)}


def trust_of(session: orm.Session, stack: Stack) -> str | None:
    """Return the trust by which a stack acts: that of the outermost one around it."""
    if stack.root_id in (None, stack.id):
        return stack.trust_id
    root = session.get(Stack, stack.root_id)
    return None if root is None else root.trust_id


def under_way(session: orm.Session) -> Any:
    """Return the ids of all stacks with something in progress."""
    return session.scalars(sa.select(Stack.id).where(Stack.status == states.IN_PROGRESS)).all()


def gone_with_trust(session: orm.Session) -> Any:
    """Return (stack id, trust id) of deleted stacks whose trust has not ended yet.

    A trust that another stack still acts by is not among them.
    """
    other = orm.aliased(Stack)
    shared = sa.exists().where(other.trust_id == Stack.trust_id, other.deleted_at.is_(None))
    query = sa.select(Stack.id, Stack.trust_id)
    return session.execute(
        query.where(Stack.deleted_at.is_not(None), Stack.trust_id.is_not(None), sa.not_(shared))
    ).all()


def acts_by(session: orm.Session, trust_id: str, project_id: str) -> bool:
    """Say whether a living stack of a project acts by this trust."""
    query = sa.select(Stack.id).where(
        Stack.trust_id == trust_id, Stack.project_id == project_id, Stack.deleted_at.is_(None)
    )
    return session.scalars(query.limit(1)).first() is not None


def trusts(session: orm.Session) -> set[str]:
    """Return every trust that a stack owns, whatever has become of the stack."""
    query = sa.select(Stack.trust_id).where(Stack.trust_id.is_not(None))
    return {trust_id for trust_id in session.scalars(query) if trust_id}
