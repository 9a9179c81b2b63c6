"""Questions and changes that are the same for every resource."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from common import db
from common.clock import utcnow
from network.db.base import Resource, Tag
from network.db.rbac_models import Grant, Shareable

R = TypeVar("R", bound=Resource)


def lock(session: orm.Session, *names: str) -> None:
    """Let nobody else pass: a project for its quotas, a network for its addresses."""
    db.lock(session, *names)


def change(row: Resource, values: Mapping[str, Any]) -> bool:
    """Set columns and advance the revision; say whether anything differed."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    if differing:
        advance(row)
    return bool(differing)


def advance(row: Resource) -> None:
    """Advance a row's revision, since it or something it is made of changed."""
    row.revision_number += 1
    row.updated_at = utcnow()


def advance_all(session: orm.Session, model: type[R], ids: Iterable[str]) -> None:
    """Advance the revisions of rows that may not be loaded."""
    wanted = sorted(set(ids))
    if wanted:
        session.execute(
            sa.update(model)
            .where(model.id.in_(wanted))
            .values(revision_number=model.revision_number + 1, updated_at=utcnow())
            .execution_options(synchronize_session="fetch")
        )


def revisions(session: orm.Session, model: type[R], *conditions: Any) -> dict[str, int]:
    """Return the revision of each row by id."""
    query = sa.select(model.id, model.revision_number).where(*conditions)
    return dict(session.execute(query).all())


def delete(session: orm.Session, row: Resource) -> None:
    """Remove a row with its tags and grants."""
    session.execute(sa.delete(Tag).where(Tag.resource_id == row.id))
    if isinstance(row, Shareable):
        session.execute(sa.delete(Grant).where(Grant.object_id == row.id))
    session.delete(row)
    session.flush()


def set_tags(session: orm.Session, resource_id: str, tags: Iterable[str]) -> None:
    """Make the resource's tags those given."""
    session.execute(sa.delete(Tag).where(Tag.resource_id == resource_id))
    session.add_all(Tag(resource_id=resource_id, tag=tag) for tag in sorted(set(tags)))
    session.flush()
