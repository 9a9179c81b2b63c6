"""What a list is asked to leave out, as conditions on rows.

Source: Block Storage API v3, "Accessible volumes", and "Resource filters" for the names.
"""

import ast
import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from common import errors as roots
from common.context import RequestContext
from volume import errors
from volume.db import attachments, backups, snapshots, volumes
from volume.db.models import Attachment, Backup, Snapshot, Volume

Version = tuple[int, int]
Condition = sa.ColumnElement[bool]
PAGING = frozenset(
    {"limit", "marker", "offset", "sort", "sort_key", "sort_dir", "with_count", "all_tenants"}
)
STRICT_SINCE = (3, 31)
"""From here on, filters that nobody knows are refused; below, they are ignored."""
LIKE_SINCE = (3, 34)
TIMES_SINCE = (3, 60)


def _text(column: Any) -> Callable[[str], Condition]:
    return lambda value: column == value


def _number(column: Any) -> Callable[[str], Condition]:
    def condition(value: str) -> Condition:
        try:
            found: Condition = column == int(value)
        except ValueError as error:
            raise roots.BadRequest(reason=f"{value!r} is not an integer.") from error
        return found

    return condition


def _truth(column: Any) -> Callable[[str], Condition]:
    def condition(value: str) -> Condition:
        given = value.lower()
        if given not in ("true", "false", "1", "0"):
            raise errors.InvalidInput(reason=f"{value!r} is neither true nor false.")
        found: Condition = column.is_(given in ("true", "1"))
        return found

    return condition


def _items(has: Callable[[Mapping[str, str]], Condition]) -> Callable[[str], Condition]:
    def condition(value: str) -> Condition:
        return has({str(key): str(wanted) for key, wanted in mapping(value).items()})

    return condition


VOLUMES: Mapping[str, Callable[[str], Condition]] = {
    "id": _text(Volume.id),
    "name": _text(Volume.name),
    "display_name": _text(Volume.name),
    "description": _text(Volume.description),
    "display_description": _text(Volume.description),
    "status": _text(Volume.status),
    "size": _number(Volume.size_gib),
    "availability_zone": _text(Volume.zone),
    "bootable": _truth(Volume.bootable),
    "multiattach": _truth(Volume.multiattach),
    "group_id": _text(Volume.group_id),
    "migration_status": _text(Volume.migration_status),
    "consumes_quota": _truth(Volume.consumes_quota),
    "snapshot_id": _text(Volume.source_snapshot_id),
    "source_volid": _text(Volume.source_volume_id),
    "metadata": _items(volumes.has_items),
}
SNAPSHOTS: Mapping[str, Callable[[str], Condition]] = {
    "id": _text(Snapshot.id),
    "name": _text(Snapshot.name),
    "display_name": _text(Snapshot.name),
    "description": _text(Snapshot.description),
    "status": _text(Snapshot.status),
    "volume_id": _text(Snapshot.volume_id),
    "volume_size": _number(Snapshot.size_gib),
    "consumes_quota": _truth(Snapshot.consumes_quota),
    "metadata": _items(snapshots.has_items),
}
BACKUPS: Mapping[str, Callable[[str], Condition]] = {
    "id": _text(Backup.id),
    "name": _text(Backup.name),
    "status": _text(Backup.status),
    "volume_id": _text(Backup.volume_id),
    "size": _number(Backup.size_gib),
}
ATTACHMENTS: Mapping[str, Callable[[str], Condition]] = {
    "id": _text(Attachment.id),
    "status": _text(Attachment.status),
    "attach_status": _text(Attachment.status),
    "volume_id": _text(Attachment.volume_id),
    "instance_id": _text(Attachment.server_id),
    "instance_uuid": _text(Attachment.server_id),
    "attachment_id": _text(Attachment.id),
}


LIKES: Mapping[str, Mapping[str, Any]] = {
    "volume": {"name": Volume.name, "description": Volume.description, "status": Volume.status},
    "snapshot": {"name": Snapshot.name, "description": Snapshot.description},
    "backup": {"name": Backup.name},
    "attachment": {},
}
"""What may be part of a value only, as `name~`."""
_KNOWN = {
    "volume": VOLUMES,
    "snapshot": SNAPSHOTS,
    "backup": BACKUPS,
    "attachment": ATTACHMENTS,
}


def known(version: Version) -> dict[str, list[str]]:
    """Return the filters of each kind of resource.  Source: "Resource filters"."""
    found = {kind: sorted(filters) for kind, filters in _KNOWN.items()}
    if version >= LIKE_SINCE:
        found = {kind: names + [f"{one}~" for one in LIKES[kind]] for kind, names in found.items()}
    if version >= TIMES_SINCE:
        found["volume"] += ["created_at", "updated_at"]
    return found


def of_volumes(ctx: RequestContext, params: Mapping[str, Any], version: Version) -> list[Condition]:
    """Return the conditions of a list of volumes.  Raises BadRequest, InvalidInput."""
    given = _mentioned(params)
    found = [_whose(ctx, given, Volume.project_id, volumes.mine(ctx))]
    if not ctx.is_admin:
        found.append(Volume.replacement_of.is_(None))
    for name, column in (("created_at", Volume.created_at), ("updated_at", Volume.updated_at)):
        if name in given and version >= TIMES_SINCE:
            found += _times(column, given.pop(name))
    return found + _each(given, VOLUMES, LIKES["volume"], version)


def of_snapshots(
    ctx: RequestContext, params: Mapping[str, Any], version: Version
) -> list[Condition]:
    """Return the conditions of a list of snapshots.  Raises BadRequest, InvalidInput."""
    given = _mentioned(params)
    found = [_whose(ctx, given, Snapshot.project_id, snapshots.mine(ctx))]
    return found + _each(given, SNAPSHOTS, LIKES["snapshot"], version)


def of_backups(ctx: RequestContext, params: Mapping[str, Any], version: Version) -> list[Condition]:
    """Return the conditions of a list of backups.  Raises BadRequest, InvalidInput."""
    given = _mentioned(params)
    found = [_whose(ctx, given, Backup.project_id, backups.mine(ctx))]
    return found + _each(given, BACKUPS, LIKES["backup"], version)


def of_attachments(
    ctx: RequestContext, params: Mapping[str, Any], version: Version
) -> list[Condition]:
    """Return the conditions of a list of attachments.  Raises BadRequest, InvalidInput."""
    given = _mentioned(params)
    found = [_whose(ctx, given, Attachment.project_id, attachments.mine(ctx))]
    return found + _each(given, ATTACHMENTS, LIKES["attachment"], version)


def _mentioned(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the filters that were given, each by its last value."""
    plain = {
        name: str(value[-1]) if isinstance(value, list) else str(value)
        for name, value in params.items()
    }
    kept = {name: value for name, value in plain.items() if name not in PAGING}
    return kept | ({"all_tenants": plain["all_tenants"]} if "all_tenants" in plain else {})


def _whose(ctx: RequestContext, given: dict[str, str], column: Any, mine: Condition) -> Condition:
    """Return the condition on the project; only an administrator sees others' rows."""
    everywhere = given.pop("all_tenants", "").lower() in ("1", "true", "yes", "on", "t", "y")
    one = given.pop("project_id", None) or given.pop("tenant_id", None)
    if not ctx.is_admin:
        return mine
    if one is not None and everywhere:
        found: Condition = column == one
        return found
    own: Condition = column == ctx.project_id
    return sa.true() if everywhere else own


def _each(
    given: Mapping[str, str],
    known: Mapping[str, Callable[[str], Condition]],
    likes: Mapping[str, Any],
    version: Version,
) -> list[Condition]:
    found, unknown = [], []
    for name, value in given.items():
        if name in known:
            found.append(known[name](value))
        elif name.endswith("~") and name[:-1] in likes and version >= LIKE_SINCE:
            found.append(likes[name[:-1]].contains(value, autoescape=True))
        else:
            unknown.append(name)
    if unknown and version >= STRICT_SINCE:
        raise errors.InvalidInput(
            reason=f"Invalid filters {', '.join(sorted(unknown))} are found in query options; "
            f"these would work: {', '.join(sorted(known))}."
        )
    return found


def mapping(value: str) -> dict[str, Any]:
    """Return an object written in JSON or as Python writes it.  Raises InvalidInput."""
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    raise errors.InvalidInput(reason=f"{value[:100]!r} is not a mapping like {{'key': 'value'}}.")


OPERATORS: Mapping[str, Callable[[Any, dt.datetime], Condition]] = {
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column != value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}


def _times(column: Any, given: str) -> list[Condition]:
    """Return the conditions of `gt:2026-01-31T12:00:00,lt:...`; without an operator, equality."""
    found = []
    for part in given.split(","):
        operator, _, rest = part.partition(":")
        if operator not in OPERATORS:
            operator, rest = "eq", part
        try:
            value = dt.datetime.fromisoformat(rest)
        except ValueError as error:
            raise errors.InvalidInput(reason=f"{rest!r} is no time in ISO 8601.") from error
        if value.tzinfo is not None:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        found.append(OPERATORS[operator](column, value))
    return found
