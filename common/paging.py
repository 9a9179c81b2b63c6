"""Pages of a list: limit, marker, order, and the query that continues where a page ended."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import falcon
import sqlalchemy as sa
from sqlalchemy import orm

from common import errors

MAX_LIMIT = 1000


class MarkerNotFound(errors.BadRequest):
    message = "marker [{marker}] not found"


@dataclasses.dataclass(frozen=True)
class Page:
    """One page that was asked for.

    limit: how many at the most.  marker: the id of the last one seen.
    order: (key, ascending) pairs; the id is always the last key, so the order is total.
    """

    limit: int = MAX_LIMIT
    marker: str | None = None
    order: tuple[tuple[str, bool], ...] = ()
    backwards: bool = False


def page(
    req: falcon.Request,
    *,
    sort_keys: Sequence[str],
    default: Sequence[tuple[str, bool]] = (("created_at", False),),
    max_limit: int = MAX_LIMIT,
    ascending: bool = True,
) -> Page:
    """Return the page that limit, marker, sort_key(s) and sort_dir(s) ask for.

    Both forms of order are read: repeated `sort_key`/`sort_dir`, and `sort=key:dir,key`.
    ascending: how keys without a direction are sorted.
    Raises BadRequest naming the parameter that is wrong.
    """
    return Page(
        limit=_limit(req.get_param("limit"), max_limit),
        marker=req.get_param("marker") or None,
        order=_order(req, sort_keys, ascending) or tuple(default),
        backwards=(req.get_param("page_reverse") or "").lower() in ("true", "1"),
    )


def _limit(given: str | None, max_limit: int) -> int:
    if given in (None, ""):
        return max_limit
    try:
        limit = int(str(given))
    except ValueError:
        limit = -1
    if limit < 0:
        raise errors.BadRequest(reason=f"limit must be an integer of 0 or more, not {given!r}")
    return min(limit, max_limit)


def _order(
    req: falcon.Request, sort_keys: Sequence[str], ascending: bool
) -> tuple[tuple[str, bool], ...]:
    joined = req.get_param("sort")
    if joined:
        pairs = [part.strip().partition(":")[::2] for part in joined.split(",")]
    else:
        keys = req.get_param_as_list("sort_key") or []
        dirs = req.get_param_as_list("sort_dir") or []
        pairs = [(key, dirs[n] if n < len(dirs) else "") for n, key in enumerate(keys)]
    order = []
    for key, direction in pairs:
        if key not in sort_keys:
            raise errors.BadRequest(
                reason=f"Cannot sort by {key!r}; these would work: {', '.join(sorted(sort_keys))}"
            )
        if direction not in ("", "asc", "desc"):
            raise errors.BadRequest(reason=f"sort direction must be asc or desc, not {direction!r}")
        order.append((key, direction == "asc" if direction else ascending))
    return tuple(order)


def fetch(
    session: orm.Session,
    query: sa.Select[Any],
    columns: Mapping[str, Any],
    id_column: Any,
    wanted: Page,
) -> list[Any]:
    """Return the rows of one page by keyset: its cost does not grow with its distance.

    query: selects one entity, with its filters.  columns: the sortable ones by key.
    Raises MarkerNotFound when it is none of the rows the caller may see.
    """
    order = [(columns[key], ascending) for key, ascending in wanted.order]
    order.append((id_column, order[-1][1] if order else True))
    if wanted.backwards:
        order = [(column, not ascending) for column, ascending in order]
    if wanted.marker is not None:
        query = query.where(_after(session, query, [c for c, _ in order], order, wanted, id_column))
    for column, ascending in order:
        empty_last = sa.case((column.is_(None), 1), else_=0)
        query = query.order_by(empty_last, column.asc() if ascending else column.desc())
    rows = list(session.scalars(query.limit(wanted.limit)))
    return rows[::-1] if wanted.backwards else rows


def _after(
    session: orm.Session,
    query: sa.Select[Any],
    keys: list[Any],
    order: list[tuple[Any, bool]],
    wanted: Page,
    id_column: Any,
) -> sa.ColumnElement[bool]:
    found = session.execute(
        query.with_only_columns(*keys).where(id_column == wanted.marker).limit(1)
    ).first()
    if found is None:
        raise MarkerNotFound(marker=wanted.marker)
    choices = []
    for depth, (column, ascending) in enumerate(order):
        same = [
            c.is_(None) if value is None else c == value
            for (c, _), value in zip(order[:depth], found[:depth], strict=True)
        ]
        value = found[depth]
        if value is None:
            continue
        further = column > value if ascending else column < value
        choices.append(sa.and_(*same, sa.or_(further, column.is_(None))))
    return sa.or_(*choices)
