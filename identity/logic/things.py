"""What is the same for every kind of resource: list, get, create, update, delete."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.errors import BadRequest
from common.paging import Page
from identity.db import rows
from identity.db.models import new_id
from identity.db.rows import Row
from identity.errors import ActionForbidden
from identity.logic.work import Change, Work

TRUE = frozenset({"true", "1", "yes", "on", ""})


@dataclasses.dataclass
class Before:
    """What a row looked like before it was changed."""

    values: dict[str, Any]

    def differs(self, row: Row, name: str) -> bool:
        """Say whether the change touched a column."""
        return bool(self.values[name] != getattr(row, name))


class Things(Generic[Row]):
    """One kind of resource.  Subclasses say what is special about theirs.

    writable: the columns that a request may set; what is no column is kept beside them.
    filters: the columns that a list can be narrowed by.
    """

    model: type[Row]
    writable: ClassVar[frozenset[str]] = frozenset()
    filters: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, work: Work) -> None:
        self._work = work

    def target(self, row: Row) -> dict[str, Any]:
        """Return what policy needs to know about a row."""
        return {"domain_id": getattr(row, "domain_id", None) or ""}

    def place(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Return what policy needs to know about a row that is to be made."""
        domain_id = wanted.get("domain_id") or ctx.domain_id or ctx.project_domain_id
        return {"domain_id": domain_id or "", "user_id": wanted.get("user_id") or ctx.user_id}

    def list(self, ctx: RequestContext, query: Mapping[str, Any], page: Page) -> Sequence[Row]:
        """Return one page of the rows that the query string asks for."""
        with self._work.reading() as session:
            return rows.page(session, self.model, page, *self._conditions(ctx, query))

    def get(self, row_id: str) -> Row:
        """Return one row.  Raises Missing."""
        with self._work.reading() as session:
            return rows.get(session, self.model, row_id)

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Row:
        """Store a new row.  Raises Duplicate, and Missing for what it refers to."""
        values = dict(wanted)
        with self._work.change() as change:
            row = self.model(id=new_id())
            self._prepare(change.session, ctx, values)
            self._fill(row, values)
            rows.add(change.session, row)
            self._created(change, row)
            return row

    def update(self, ctx: RequestContext, row_id: str, wanted: Mapping[str, Any]) -> Row:
        """Change a row.  Raises Missing, Duplicate, ActionForbidden."""
        values = dict(wanted)
        with self._work.change() as change:
            row = rows.get(change.session, self.model, row_id)
            self._keep(row, values)
            names = row.__table__.columns.keys()
            before = Before({name: getattr(row, name) for name in names})
            self._fill(row, values)
            rows.flush(change.session, row)
            self._updated(change, row, before)
            change.session.flush()
            return row

    def delete(self, ctx: RequestContext, row_id: str) -> None:
        """Remove a row.  Raises Missing, ActionForbidden."""
        with self._work.change() as change:
            row = rows.get(change.session, self.model, row_id)
            _mutable(row, {})
            self._leaving(change, row)
            change.session.delete(row)

    def _conditions(
        self, ctx: RequestContext, query: Mapping[str, Any]
    ) -> Sequence[sa.ColumnElement[bool]]:
        """Return the conditions of a list; a domain's reader sees that domain."""
        columns = self.model.__table__.columns
        found = [
            _equals(columns[name], value) for name, value in query.items() if name in self.filters
        ]
        for name, value in query.items():
            plain, _, how = name.partition("__")
            if how and plain in self.filters and isinstance(value, str):
                found.append(_like(columns[plain], how, value))
        if ctx.domain_id and "admin" not in ctx.roles and "domain_id" in columns:
            found.append(columns["domain_id"] == ctx.domain_id)
        return found

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        """Complete and check the values of a new row."""

    def _keep(self, row: Row, values: dict[str, Any]) -> None:
        """Check a change: raises for what must stay as it is."""
        _mutable(row, values)
        for name in ("id", "domain_id"):
            mine = getattr(row, name, None)
            if name in values and mine is not None and values.pop(name) not in (mine, mine or None):
                what = "ID" if name == "id" else "Domain ID"
                raise BadRequest(reason=f"Cannot change {what}")

    def _fill(self, row: Row, values: Mapping[str, Any]) -> None:
        columns = row.__table__.columns
        extra = dict(getattr(row, "extra", None) or {})
        for name, value in values.items():
            if name in self.writable:
                empty = value is None and not columns[name].nullable
                setattr(row, name, "" if empty else value)
            elif name not in columns and name != "links":
                extra[name] = value
        if "extra" in columns:
            row.extra = extra  # type: ignore[attr-defined]

    def _created(self, change: Change, row: Row) -> None:
        """Do what comes with a new row."""

    def _updated(self, change: Change, row: Row, before: Before) -> None:
        """Do what follows from a change, such as ending tokens."""

    def _leaving(self, change: Change, row: Row) -> None:
        """Do what has to happen before a row goes, or refuse."""


def _mutable(row: Any, values: Mapping[str, Any]) -> None:
    """Raise ActionForbidden when the row is immutable and the change does not lift that."""
    if not (getattr(row, "options", None) or {}).get("immutable"):
        return
    only_options = set(values) == {"options"} and not values["options"].get("immutable")
    if not only_options:
        raise ActionForbidden(
            reason=f"Cannot modify or delete the immutable {rows.kind(type(row))} {row.id}"
        )


def _equals(column: Any, value: Any) -> sa.ColumnElement[bool]:
    values = value if isinstance(value, list) else [value]
    if isinstance(column.type, sa.Boolean):
        return column.is_(str(values[-1]).lower() in TRUE)  # type: ignore[no-any-return]
    if not values or values == [""]:
        return sa.or_(column.is_(None), column == "")
    return column.in_(values)  # type: ignore[no-any-return]


def _like(column: Any, how: str, value: str) -> sa.ColumnElement[bool]:
    ways = {
        "contains": column.contains(value, autoescape=True),
        "icontains": column.icontains(value, autoescape=True),
        "startswith": column.startswith(value, autoescape=True),
        "istartswith": column.istartswith(value, autoescape=True),
        "endswith": column.endswith(value, autoescape=True),
        "iendswith": column.iendswith(value, autoescape=True),
    }
    found: sa.ColumnElement[bool] = ways.get(how, sa.true())
    return found
