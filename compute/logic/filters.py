"""The filters of a server list, from query parameters to conditions."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from common import errors, patterns
from common.context import RequestContext
from compute import states
from compute.db.models import Nic, Server, ServerTag
from compute.db.servers import mine
from compute.schemas.common import truth

Version = tuple[int, int]
IGNORED = frozenset({"limit", "marker", "sort_key", "sort_dir"})
COLUMNS: dict[str, Any] = {
    "image": Server.image_id,
    "host": Server.host,
    "node": Server.host,
    "key_name": Server.key_name,
    "user_id": Server.user_id,
    "reservation_id": Server.reservation_id,
    "availability_zone": Server.zone,
    "launch_index": Server.launch_index,
    "hostname": Server.hostname,
    "task_state": Server.task_state,
    "uuid": Server.id,
    "access_ip_v4": Server.access_ip_v4,
    "access_ip_v6": Server.access_ip_v6,
    "description": Server.description,
}
ADMIN_ONLY = frozenset({"host", "node", "project_id", "tenant_id", "user_id", "all_tenants"})


NAMED = frozenset(
    {
        *("status", "vm_state", "name", "flavor", "ip", "ip6", "changes-since"),
        *("changes-before", "tags", "tags-any", "not-tags", "not-tags-any", "locked"),
        *("config_drive", "deleted", "power_state", "progress", "terminated_at", "created_at"),
        *("launched_at", "root_device_name", "kernel_id", "ramdisk_id", "auto_disk_config"),
        *("display_description", "locked_by", "instance_type_id", "block_device_mapping"),
        *(
            "services",
            "metadata",
            "system_metadata",
            "info_cache",
            "pci_devices",
            "security_groups",
        ),
    }
)


def require_known(given: Mapping[str, Any]) -> None:
    """Return when every parameter is one that a list of servers knows.  Raises BadRequest."""
    for key in given:
        if key not in IGNORED | NAMED | ADMIN_ONLY | COLUMNS.keys():
            raise errors.BadRequest(reason=f"Invalid query parameter: {key}")


class NothingMatches(Exception):
    """A filter that no server can meet: the list is empty."""


def conditions(
    ctx: RequestContext, given: Mapping[str, Any], version: Version, *, all_projects: bool
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions a list's query parameters mean.

    all_projects: whether the caller may and wants to look beyond the own project.
    Raises BadRequest for a value that is no value, NothingMatches.
    """
    found = [_owner(ctx, given, all_projects)]
    deleted = ctx.is_admin and truth(_one(given, "deleted", "false"))
    changes = "changes-since" in given or "changes-before" in given
    if not changes or "deleted" in given:
        found.append(Server.deleted_at.is_not(None) if deleted else Server.deleted_at.is_(None))
        if not {"status", "vm_state", "deleted"} & given.keys():
            found.append(Server.status != states.SOFT_DELETED)
    for key, value in given.items():
        if key in IGNORED or (key in ADMIN_ONLY and not ctx.is_admin):
            continue
        condition = _condition(key, value, version)
        if condition is not None:
            found.append(condition)
    return found


def _owner(
    ctx: RequestContext, given: Mapping[str, Any], all_projects: bool
) -> sa.ColumnElement[bool]:
    project = _one(given, "project_id", None) or _one(given, "tenant_id", None)
    if all_projects:
        return Server.project_id == project if project else mine(ctx)
    return Server.project_id == ctx.project_id


def _one(given: Mapping[str, Any], key: str, default: Any) -> Any:
    value = given.get(key, default)
    return value[-1] if isinstance(value, list) else value


def _condition(key: str, value: Any, version: Version) -> sa.ColumnElement[bool] | None:
    one = value[-1] if isinstance(value, list) else value
    if key == "status":
        return _status(value if isinstance(value, list) else [value], version)
    if key == "vm_state":
        wanted = [status for status, name in states.VM_STATE.items() if name == one]
        return Server.status.in_(wanted)
    if key == "name":
        return _regex(Server.name, one)
    if key == "flavor":
        return sa.and_(sa.true(), Server.flavor["id"].as_string() == one)
    if key in ("ip", "ip6"):
        return Server.id.in_(_addressed(one))
    if key in ("changes-since", "changes-before"):
        moment = moment_of(key, one)
        return (
            Server.updated_at >= moment if key == "changes-since" else Server.updated_at <= moment
        )
    if version >= (2, 26) and key in ("tags", "tags-any", "not-tags", "not-tags-any"):
        return _tags(key, one)
    if version >= (2, 73) and key == "locked":
        return Server.locked == truth(one)
    if key == "config_drive":
        return Server.config_drive == truth(one)
    column = COLUMNS.get(key)
    if column is None:
        return None
    condition: sa.ColumnElement[bool] = column == one
    return condition


def _status(wanted: list[str], version: Version) -> sa.ColumnElement[bool]:
    found: list[sa.ColumnElement[bool]] = []
    for status in wanted:
        upper = status.upper()
        if upper in states.VM_STATE:
            found.append(Server.status == upper)
        elif tasks := states.tasks_shown_as(upper):
            found.append(Server.task_state.in_(tasks))
        elif upper not in KNOWN:
            if version >= (2, 38):
                raise errors.BadRequest(reason=f"Invalid filter field: status {status!r}")
            raise NothingMatches
        else:
            found.append(sa.false())
    return sa.or_(*found)


KNOWN = frozenset({"MIGRATING", "UNKNOWN"})
"""Statuses that no server here ever has."""


def _regex(column: Any, pattern: str) -> sa.ColumnElement[bool]:
    if re.fullmatch(r"[\w .:@-]*", pattern.strip("^$")):
        text = pattern.strip("^$").replace("\\", "").replace("_", r"\_")
        left = "" if pattern.startswith("^") else "%"
        right = "" if pattern.endswith("$") else "%"
        return column.like(f"{left}{text}{right}", escape="\\")  # type: ignore[no-any-return]
    try:
        patterns.check(pattern)
    except ValueError as error:
        raise errors.BadRequest(reason=f"Invalid filter field: name {pattern!r}") from error
    return column.regexp_match(pattern)  # type: ignore[no-any-return]


def _addressed(pattern: str) -> sa.Select[Any]:
    text = pattern.strip("^$").replace("\\.", ".").replace("\\", "")
    address = sa.cast(Nic.addresses, sa.Text)
    right = '"' if pattern.endswith("$") else ""
    left = '"' if pattern.startswith("^") else ""
    needle = f'%"address": {left or "%"}{text}{right}%' if left else f"%{text}{right}%"
    return sa.select(Nic.server_id).where(address.like(needle))


def _tags(key: str, value: str) -> sa.ColumnElement[bool]:
    wanted = sorted(set(value.split(",")))
    count = (
        sa.select(sa.func.count())
        .where(ServerTag.server_id == Server.id, ServerTag.tag.in_(wanted))
        .scalar_subquery()
    )
    if key == "tags":
        return count == len(wanted)
    if key == "tags-any":
        return count > 0
    if key == "not-tags":
        return count < len(wanted)
    return count == 0


def moment_of(key: str, value: str) -> dt.datetime:
    """Return the moment that a parameter names.  Raises BadRequest."""
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise errors.BadRequest(
            reason=f"Invalid filter field: {key} {value!r} is no date."
        ) from error
    return moment
