"""What every table is asked: one row, many rows, a new row, a changed row."""

from collections.abc import Mapping
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import orm

from common import db, paging
from identity import errors
from identity.db.models import Model

Row = TypeVar("Row", bound=Model)


def kind(model: type[Model]) -> str:
    """Return what one row is called in a sentence: `application credential`."""
    name = str(model.__tablename__)
    one = f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")
    return one.replace("_", " ")


def get(session: orm.Session, model: type[Row], row_id: str) -> Row:
    """Return one row.  Raises Missing."""
    row = session.get(model, row_id)
    if row is None:
        raise errors.Missing(kind=kind(model), id=row_id)
    return row


def find(session: orm.Session, model: type[Row], **facts: Any) -> Row | None:
    """Return the one row with these facts, or None."""
    return session.scalars(sa.select(model).filter_by(**facts)).one_or_none()


def page(
    session: orm.Session,
    model: type[Row],
    wanted: paging.Page,
    *conditions: sa.ColumnElement[bool],
) -> list[Row]:
    """Return one page of the rows that meet the conditions."""
    query = sa.select(model).where(*conditions)
    columns = {"id": model.__table__.c.id}
    return paging.fetch(session, query, columns, model.__table__.c.id, wanted)


def add(session: orm.Session, row: Model) -> None:
    """Store a new row.  Raises Duplicate when its id or its name is taken."""
    session.add(row)
    flush(session, row)


def flush(session: orm.Session, row: Model) -> None:
    """Write a row's changes.  Raises Duplicate when they collide with another row."""
    name, domain_id = getattr(row, "name", None), getattr(row, "domain_id", None)
    row_kind = kind(type(row))
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        what = f"name {name}" if name else "that ID"
        where = f" at domain ID {domain_id}" if domain_id else ""
        reason = f"Duplicate entry found with {what}{where}"
        raise errors.Duplicate(kind=row_kind, reason=reason) from error


def room(session: orm.Session, model: Any, user_id: str, most: int) -> None:
    """Return when a user may have one more; nobody else counts until the transaction ends.

    most: -1 for any number.  Raises LimitExceeded.
    """
    if most < 0:
        return
    db.lock(session, f"{model.__tablename__} of {user_id}")
    used = session.scalar(sa.select(sa.func.count()).where(model.user_id == user_id)) or 0
    if used >= most:
        raise errors.LimitExceeded(kind=kind(model), limit=most)


def fill(row: Model, wanted: Mapping[str, Any]) -> None:
    """Set a row's columns; what is no column is kept in `extra`."""
    columns = row.__table__.columns.keys()
    extra = {}
    for name, value in wanted.items():
        if name in columns and name != "extra":
            setattr(row, name, value)
        else:
            extra[name] = value
    if extra:
        row.extra = {**(row.extra or {}), **extra}  # type: ignore[attr-defined]
