"""User messages: what went wrong after a request was accepted.

Source: Block Storage API v3, "Messages"; the event ids say what happened.
"""

import builtins
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common import paging
from common.context import RequestContext
from common.db import Database
from volume.db.models import UserMessage

LIFETIME = dt.timedelta(days=30)
NO_HOST = "VOLUME_VOLUME_001_002"
CREATE_FAILED = "VOLUME_VOLUME_001_011"
DELETE_FAILED = "VOLUME_VOLUME_002_001"
EXTEND_FAILED = "VOLUME_VOLUME_008_001"
UPLOAD_FAILED = "VOLUME_VOLUME_003_001"
SNAPSHOT_FAILED = "VOLUME_VOLUME_SNAPSHOT_011_001"
MIGRATE_FAILED = "VOLUME_VOLUME_012_001"
OTHER = "VOLUME_VOLUME_000_001"
OF_VERB = {
    "create": CREATE_FAILED,
    "delete": DELETE_FAILED,
    "extend": EXTEND_FAILED,
    "upload": UPLOAD_FAILED,
    "snapshot": SNAPSHOT_FAILED,
    "migrate": MIGRATE_FAILED,
}


class MessageNotFound(roots.NotFound):
    message = "Message {message_id} could not be found."


def record(
    session: orm.Session,
    ctx: RequestContext,
    resource_type: str,
    resource_id: str,
    event_id: str,
    now: dt.datetime,
    *,
    detail: str,
    project_id: str | None = None,
) -> None:
    """Write a message for a project.  detail: the sentence.  project_id: else the caller's."""
    session.add(
        UserMessage(
            id=str(uuid.uuid4()),
            project_id=project_id or ctx.project_id or "",
            request_id=ctx.request_id,
            resource_type=resource_type.upper(),
            resource_id=resource_id,
            event_id=event_id,
            text=detail,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()


SORTABLE: dict[str, Any] = {
    "id": UserMessage.id,
    "event_id": UserMessage.event_id,
    "resource_uuid": UserMessage.resource_id,
    "resource_type": UserMessage.resource_type,
    "request_id": UserMessage.request_id,
    "guaranteed_until": UserMessage.expires_at,
    "created_at": UserMessage.created_at,
}


FILTERS = ("id", "event_id", "resource_uuid", "resource_type", "request_id")


def filters(params: Mapping[str, Any]) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a list of messages."""
    return [SORTABLE[name] == str(params[name]) for name in FILTERS if name in params]


class Messages:
    """Reads and removes messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(
        self, ctx: RequestContext, filters: Sequence[sa.ColumnElement[bool]], page: paging.Page
    ) -> builtins.list[UserMessage]:
        """Return a page of the messages the caller may see."""
        with self._database.reading() as session:
            query = sa.select(UserMessage).where(_mine(ctx), *filters)
            return paging.fetch(session, query, SORTABLE, UserMessage.id, page)

    def get(self, ctx: RequestContext, message_id: str) -> UserMessage:
        """Return one message.  Raises MessageNotFound."""
        with self._database.reading() as session:
            return self._get(session, ctx, message_id)

    def delete(self, ctx: RequestContext, message_id: str) -> None:
        """Remove one message.  Raises MessageNotFound."""
        with self._database.transaction() as session:
            session.delete(self._get(session, ctx, message_id))

    def _get(self, session: orm.Session, ctx: RequestContext, message_id: str) -> UserMessage:
        query = sa.select(UserMessage).where(UserMessage.id == message_id, _mine(ctx))
        found = session.scalar(query)
        if found is None:
            raise MessageNotFound(message_id=message_id)
        return found


def _mine(ctx: RequestContext) -> sa.ColumnElement[bool]:
    return sa.true() if ctx.is_admin else UserMessage.project_id == ctx.project_id
