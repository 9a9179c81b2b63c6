"""What a list's query string asks for, as conditions on images."""

import csv
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from common import errors, paging
from common.context import RequestContext
from image.db import images as queries
from image.db.models import Image, Property, Tag
from image.schemas.images import VISIBILITIES
from image.schemas.members import STATUSES

DEFAULT_LIMIT = 25
PAGING = frozenset({"limit", "marker", "sort", "sort_key", "sort_dir"})
_IN = frozenset({"id", "name", "status", "container_format", "disk_format"})
_PLAIN = frozenset({"owner", "checksum", "os_hash_algo", "os_hash_value"})
_NUMBERS = frozenset({"min_disk", "min_ram", "size", "virtual_size"})
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column != value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}


def conditions(ctx: RequestContext, query: Mapping[str, Any]) -> list[Any]:
    """Return what an image must meet to be listed.

    query: parameters by name, a list where one was repeated; a name that is no attribute means a
    property.  Raises BadRequest naming the parameter that is wrong.
    """
    found = [_scope(ctx, query)]
    hidden = _boolean("os_hidden", query.get("os_hidden", "false"))
    found.append(Image.os_hidden.is_(hidden))
    for name, given in query.items():
        if name in PAGING or name in ("visibility", "member_status", "os_hidden"):
            continue
        if name == "tag":
            found += [_tagged(tag) for tag in _all(given)]
        else:
            found.append(_condition(name, _last(given)))
    return found


def order(query: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
    """Return the (key, ascending) pairs asked for; the newest first unless told otherwise.

    Raises BadRequest for keys and directions that do not exist.
    """
    if "sort" in query:
        if "sort_key" in query or "sort_dir" in query:
            raise errors.BadRequest(reason="sort cannot be combined with sort_key and sort_dir")
        joined = _last(query["sort"]).split(",")
        pairs = [part.strip().partition(":")[::2] for part in joined]
    else:
        keys, dirs = _all(query.get("sort_key", [])), _all(query.get("sort_dir", []))
        keys = keys or ["created_at"]
        if len(dirs) > 1 and len(dirs) != len(keys):
            raise errors.BadRequest(
                reason=f"{len(dirs)} sort_dir for {len(keys)} sort_key: give one, or one for each"
            )
        dirs = dirs * len(keys) if len(dirs) == 1 else dirs or [""] * len(keys)
        pairs = list(zip(keys, dirs, strict=True))
    for key, direction in pairs:
        if key not in queries.SORTABLE:
            known = ", ".join(sorted(queries.SORTABLE))
            raise errors.BadRequest(reason=f"Cannot sort by {key!r}; these would work: {known}")
        if direction not in ("", "asc", "desc"):
            raise errors.BadRequest(reason=f"sort direction must be asc or desc, not {direction!r}")
    return tuple((key, direction == "asc") for key, direction in pairs)


def page(query: Mapping[str, Any]) -> paging.Page:
    """Return the page asked for.  Raises BadRequest."""
    limit = _number("limit", _last(query.get("limit", str(DEFAULT_LIMIT))))
    marker = _last(query["marker"]) if "marker" in query else None
    return paging.Page(limit=min(limit, paging.MAX_LIMIT), marker=marker, order=order(query))


def _scope(ctx: RequestContext, query: Mapping[str, Any]) -> Any:
    """Return the condition on visibility; other projects' community images come when asked for."""
    wanted = _last(query.get("visibility", "")) or None
    if wanted not in (None, "all", *VISIBILITIES):
        choices = ", ".join([*VISIBILITIES, "all"])
        raise errors.BadRequest(reason=f"visibility must be one of {choices}, not {wanted!r}")
    member_status = _last(query.get("member_status", "accepted"))
    if member_status not in (*STATUSES, "all"):
        raise errors.BadRequest(
            reason=f"member_status must be one of {', '.join(STATUSES)}, all, not {member_status!r}"
        )
    own = Image.owner == ctx.project_id
    if ctx.is_admin:
        seen: Any = sa.true()
    else:
        statuses = None if member_status == "all" else [member_status]
        shared = queries.shared_with(ctx, statuses)
        seen = sa.or_(own, Image.visibility.in_(("public", "community")), shared)
    if wanted is None:
        return sa.and_(seen, sa.or_(own, Image.visibility != "community"))
    return seen if wanted == "all" else sa.and_(seen, Image.visibility == wanted)


def _condition(name: str, given: str) -> Any:
    if name in _IN:
        return getattr(Image, name).in_(_choices(given))
    if name in _PLAIN:
        return getattr(Image, name) == given
    if name in _NUMBERS:
        return getattr(Image, name) == _number(name, given)
    if name == "size_min":
        return Image.size >= _number(name, given)
    if name == "size_max":
        return Image.size <= _number(name, given)
    if name == "protected":
        return Image.protected.is_(_boolean(name, given))
    if name in ("created_at", "updated_at"):
        return _moment(name, given)
    matching = sa.select(Property.image_id).where(Property.name == name, Property.value == given)
    return Image.id.in_(matching)


def _tagged(tag: str) -> Any:
    return Image.id.in_(sa.select(Tag.image_id).where(Tag.value == tag))


def _choices(given: str) -> list[str]:
    """Return the values of `in:a,"b,c"`, or the one value given."""
    if not given.startswith("in:"):
        return [given]
    try:
        return next(csv.reader([given[3:]], strict=True, skipinitialspace=True), [])
    except csv.Error as error:
        raise errors.BadRequest(reason=f"Invalid list of values {given!r}: {error}") from error


def _moment(name: str, given: str) -> Any:
    operator, separator, text = given.partition(":")
    if operator not in _OPERATORS or not separator:
        operator, text = "eq", given
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise errors.BadRequest(
            reason=f"{name} must be a time, such as gte:2026-01-31T12:00:00Z, not {given!r}"
        ) from error
    return _OPERATORS[operator](getattr(Image, name), moment)


def _number(name: str, given: str) -> int:
    if not given.isdecimal() or len(given) > 18:
        raise errors.BadRequest(reason=f"{name} must be an integer of 0 or more, not {given!r}")
    return int(given)


def _boolean(name: str, given: Any) -> bool:
    lowered = _last(given).lower()
    if lowered not in ("true", "false"):
        raise errors.BadRequest(reason=f"{name} must be true or false, not {given!r}")
    return lowered == "true"


def _all(given: Any) -> list[str]:
    return list(given) if isinstance(given, list) else [given]


def _last(given: Any) -> str:
    return str(given[-1]) if isinstance(given, list) else str(given)
