"""Bodies of server actions, by the action's name."""

import functools
from typing import Any

from compute.schemas import servers
from compute.schemas.common import BOOLEAN, METADATA, NAME, NON_NEGATIVE, wrapped

_GROUP = wrapped("name", {"type": "string", "minLength": 1})
_LENGTH: dict[str, Any] = {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"}
BODIES: dict[str, dict[str, Any]] = {
    "reboot": wrapped(
        "reboot",
        {
            "type": "object",
            "properties": {"type": {"enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]}},
            "required": ["type"],
            "additionalProperties": False,
        },
    ),
    "os-getConsoleOutput": wrapped(
        "os-getConsoleOutput",
        {
            "type": "object",
            "properties": {"length": _LENGTH},
            "additionalProperties": False,
        },
    ),
    "os-resetState": wrapped(
        "os-resetState",
        {
            "type": "object",
            "properties": {"state": {"enum": ["active", "error"]}},
            "required": ["state"],
            "additionalProperties": False,
        },
    ),
    "addSecurityGroup": wrapped("addSecurityGroup", _GROUP),
    "removeSecurityGroup": wrapped("removeSecurityGroup", _GROUP),
    "lock": wrapped("lock", {}),
    "createImage": wrapped(
        "createImage",
        {
            "type": "object",
            "properties": {"name": NAME, "metadata": METADATA},
            "required": ["name"],
            "additionalProperties": False,
        },
    ),
    "createBackup": wrapped(
        "createBackup",
        {
            "type": "object",
            "properties": {
                "name": NAME,
                "metadata": METADATA,
                "backup_type": {"type": "string"},
                "rotation": NON_NEGATIVE,
            },
            "required": ["name", "backup_type", "rotation"],
            "additionalProperties": False,
        },
    ),
    "resize": wrapped(
        "resize",
        {
            "type": "object",
            "properties": {
                "flavorRef": {"type": ["string", "integer"], "minLength": 1},
                "OS-DCF:diskConfig": {"enum": ["AUTO", "MANUAL"]},
            },
            "required": ["flavorRef"],
            "additionalProperties": False,
        },
    ),
    "unshelve": {},
    "rescue": wrapped(
        "rescue",
        {
            "type": ["object", "null"],
            "properties": {
                "adminPass": {"type": "string"},
                "rescue_image_ref": {"type": "string", "format": "uuid"},
            },
            "additionalProperties": False,
        },
    ),
    "changePassword": wrapped(
        "changePassword",
        {
            "type": "object",
            "properties": {"adminPass": {"type": "string"}},
            "required": ["adminPass"],
            "additionalProperties": False,
        },
    ),
    "trigger_crash_dump": wrapped("trigger_crash_dump", {"type": "null"}),
    "migrate": wrapped("migrate", {}),
    "os-migrateLive": {},
    "evacuate": {},
    "rebuild": {},
}
_LOCK_WITH_REASON = wrapped(
    "lock",
    {
        "type": ["object", "null"],
        "properties": {"locked_reason": {"type": "string", "minLength": 1, "maxLength": 255}},
        "additionalProperties": False,
    },
)


_HOST = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}


def _unshelve(version: tuple[int, int]) -> dict[str, Any]:
    """From 2.77 on a zone may be named, from 2.91 on a host, or that no zone is wanted."""
    if version < (2, 77):
        return wrapped("unshelve", {})
    asked: dict[str, Any] = {
        "type": ["object", "null"],
        "properties": {"availability_zone": NAME},
        "required": ["availability_zone"],
        "additionalProperties": False,
    }
    if version >= (2, 91):
        zone, host = {"type": ["string", "null"]}, {"type": "string"}
        asked |= {"properties": {"availability_zone": zone, "host": host}, "required": []}
    return wrapped("unshelve", asked)


def _migrate() -> dict[str, Any]:
    """From 2.56 on a host may be named."""
    moved = {"type": ["object", "null"], "properties": {"host": _HOST}}
    return wrapped("migrate", moved | {"additionalProperties": False})


def _migrate_live(version: tuple[int, int]) -> dict[str, Any]:
    properties: dict[str, Any] = {"host": _HOST, "block_migration": BOOLEAN}
    required = ["block_migration", "host"]
    if version >= (2, 25):
        properties["block_migration"] = {"anyOf": [BOOLEAN, {"const": "auto"}]}
    else:
        properties["disk_over_commit"] = BOOLEAN
        required.append("disk_over_commit")
    if (2, 30) <= version < (2, 68):
        properties["force"] = BOOLEAN
    moved = {"type": "object", "properties": properties, "required": required}
    return wrapped("os-migrateLive", moved | {"additionalProperties": False})


def _evacuate(version: tuple[int, int]) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "host": _HOST | {"type": "string"},
        "adminPass": {"type": "string"},
    }
    required = []
    if version < (2, 14):
        properties["onSharedStorage"] = BOOLEAN
        required = ["onSharedStorage"]
    if (2, 29) <= version < (2, 68):
        properties["force"] = BOOLEAN
    moved = {"type": "object", "properties": properties, "required": required}
    return wrapped("evacuate", moved | {"additionalProperties": False})


@functools.cache
def body(name: str, version: tuple[int, int]) -> dict[str, Any]:
    """Return the schema of an action's body at a microversion."""
    if name == "rebuild":
        return servers.rebuild(version)
    if name == "unshelve":
        return _unshelve(version)
    if name == "migrate" and version >= (2, 56):
        return _migrate()
    if name == "os-migrateLive":
        return _migrate_live(version)
    if name == "evacuate":
        return _evacuate(version)
    if name == "lock" and version >= (2, 73):
        return _LOCK_WITH_REASON
    return BODIES[name]
