"""Queries about attachments."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from common.context import RequestContext
from volume import errors
from volume.db.models import Attachment


def mine(ctx: RequestContext) -> sa.ColumnElement[bool]:
    """Return the condition that only shows the caller's own rows; an administrator sees all."""
    return sa.true() if ctx.is_admin else Attachment.project_id == ctx.project_id


def get(session: orm.Session, ctx: RequestContext, attachment_id: str) -> Attachment:
    """Return one attachment the caller may see.  Raises AttachmentNotFound."""
    found = session.scalar(sa.select(Attachment).where(Attachment.id == attachment_id, mine(ctx)))
    if found is None:
        raise errors.AttachmentNotFound(attachment_id=attachment_id)
    return found


SORTABLE: dict[str, Any] = {
    "id": Attachment.id,
    "created_at": Attachment.created_at,
    "status": Attachment.status,
    "attach_status": Attachment.status,
    "volume_id": Attachment.volume_id,
    "instance_uuid": Attachment.server_id,
}


def page(
    session: orm.Session,
    conditions: Iterable[sa.ColumnElement[bool]],
    wanted: paging.Page,
    offset: int,
) -> list[Attachment]:
    """Return one page of attachments.  Raises BadRequest for an unknown marker."""
    query = sa.select(Attachment).where(*conditions).offset(offset)
    return paging.fetch(session, query, SORTABLE, Attachment.id, wanted)
