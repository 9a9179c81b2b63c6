"""Tasks: what is done beside the request that asked for it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import db, paging
from common.clock import utcnow
from common.context import RequestContext
from image import errors
from image.db.models import Task

KEPT = dt.timedelta(hours=48)
SORTABLE: dict[str, Any] = {
    name: getattr(Task, name)
    for name in ("id", "type", "status", "created_at", "updated_at", "expires_at")
}


def add(session: orm.Session, ctx: RequestContext, kind: str, **facts: Any) -> Task:
    """Note a task that somebody is at."""
    task = Task(
        id=str(uuid.uuid4()),
        type=kind,
        status="processing",
        owner=ctx.project_id,
        user_id=ctx.user_id,
        request_id=ctx.request_id,
        heard_at=utcnow(),
        **{"result": {}, "message": "", **facts},
    )
    session.add(task)
    session.flush()
    return task


def get(session: orm.Session, ctx: RequestContext, task_id: str) -> Task:
    """Return a task of the caller's project, or for an administrator any.  Raises TaskNotFound."""
    found = session.get(Task, task_id)
    if found is None or not (ctx.is_admin or found.owner == ctx.project_id):
        raise errors.TaskNotFound(task_id=task_id)
    return found


def page(
    session: orm.Session, ctx: RequestContext, facts: dict[str, str], wanted: paging.Page
) -> list[Task]:
    """Return one page.  facts: type and status that a task has to have."""
    query = sa.select(Task).filter_by(**facts)
    if not ctx.is_admin:
        query = query.where(Task.owner == ctx.project_id)
    return paging.fetch(session, query, SORTABLE, Task.id, wanted)


def of_image(session: orm.Session, image_id: str) -> Sequence[Task]:
    """Return an image's tasks, the newest first."""
    query = sa.select(Task).where(Task.image_id == image_id)
    return session.scalars(query.order_by(Task.created_at.desc(), Task.id)).all()


def hear(session: orm.Session, task_ids: Sequence[str]) -> None:
    """Note that somebody is at these tasks."""
    alive = sa.update(Task).where(Task.id.in_(task_ids), Task.status == "processing")
    session.execute(alive.values(heard_at=utcnow()).execution_options(synchronize_session=False))


def end(session: orm.Session, task_id: str, status: str, message: str = "") -> bool:
    """Note how a task ended; False when somebody noted it before."""
    now = utcnow()
    values: dict[str, Any] = {"status": status, "message": message, "heard_at": None}
    change = sa.update(Task).where(Task.id == task_id, Task.status == "processing")
    return db.matched(session, change.values(**values, updated_at=now, expires_at=now + KEPT))


def silent(session: orm.Session, since: dt.datetime, limit: int = 100) -> Sequence[Task]:
    """Return tasks without a sign of life since then."""
    query = sa.select(Task).where(Task.heard_at < since, Task.status == "processing")
    return session.scalars(query.limit(limit)).all()


def expire(session: orm.Session, now: dt.datetime) -> None:
    """Forget the tasks that have been over for long enough."""
    session.execute(sa.delete(Task).where(Task.expires_at < now))
