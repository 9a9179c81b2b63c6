"""Lists: filters on every attribute, and pages."""

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common import paging
from network.db.base import Resource, Tag

Special = Callable[[Sequence[str]], Any]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What a list call asked for.

    filters: attribute to the values any of which will do.  limited: whether it named a limit.
    """

    page: paging.Page
    filters: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    limited: bool = False


@dataclasses.dataclass(frozen=True)
class Listing:
    """How one noun is listed.

    columns: attribute as the API calls it, and its column.  special: attributes that are no
    column, and what makes a condition of their values.
    """

    model: Any
    columns: Mapping[str, Any]
    special: Mapping[str, Special] = dataclasses.field(default_factory=dict)
    options: Sequence[Any] = ()

    def fetch(self, session: orm.Session, visible: Any, wanted: Wanted) -> list[Any]:
        """Return one page of the rows that the caller may see and that pass the filters."""
        query = sa.select(self.model).where(visible).options(*self.options)
        for name, values in wanted.filters.items():
            condition = self._condition(name, values)
            if condition is not None:
                query = query.where(condition)
        return paging.fetch(session, query, self.columns, self.model.id, wanted.page)

    def _condition(self, name: str, values: Sequence[str]) -> Any:
        """Return the filter's condition, None for an attribute there is not."""
        if name in self.special:
            return self.special[name](values)
        if name in TAG_FILTERS and hasattr(self.model, "tags"):
            return TAG_FILTERS[name](self.model, values)
        column = self.columns.get(name)
        return None if column is None else _any_of(column, values)


def _any_of(column: Any, values: Sequence[str]) -> Any:
    kind = column.type.python_type
    known = [value for text in values if (value := _typed(kind, text)) is not None]
    condition = column.in_(known) if known else sa.false()
    if kind is str and "" in values:
        condition = sa.or_(condition, column.is_(None))
    return condition


def _typed(kind: type, text: str) -> Any:
    """Return the text as the column's type, None when it cannot be that."""
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower())
    if kind is int:
        return int(text) if re.fullmatch("-?[0-9]{1,18}", text) else None
    if kind is dt.datetime:
        try:
            return dt.datetime.fromisoformat(text.removesuffix("Z"))
        except ValueError:
            return None
    return text


def _tagged(model: type[Resource], values: Sequence[str], *, all_of: bool) -> Any:
    tags = [tag for value in values for tag in value.split(",")]
    having = [
        model.id.in_(sa.select(Tag.resource_id).where(Tag.tag == tag))
        for tag in dict.fromkeys(tags)
    ]
    return sa.and_(*having) if all_of else sa.or_(*having)


TAG_FILTERS: dict[str, Callable[[Any, Sequence[str]], Any]] = {
    "tags": lambda model, values: _tagged(model, values, all_of=True),
    "tags-any": lambda model, values: _tagged(model, values, all_of=False),
    "not-tags": lambda model, values: sa.not_(_tagged(model, values, all_of=True)),
    "not-tags-any": lambda model, values: sa.not_(_tagged(model, values, all_of=False)),
}


def columns(model: Any, names: str, **renamed: Any) -> dict[str, Any]:
    """Return the columns by attribute: those named, those every resource has, and the renamed."""
    common = "id project_id description revision_number created_at updated_at"
    found = {name: getattr(model, name) for name in f"{common} {names}".split()}
    return {**found, "tenant_id": model.project_id, **renamed}
