"""Bodies of server actions, by the action's name."""

from typing import Any

from compute.schemas import servers
from compute.schemas.common import METADATA, NAME, NON_NEGATIVE, wrapped

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
            "type": ["object", "null"],
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
    "addSecurityGroup": wrapped(
        "addSecurityGroup", wrapped("name", NAME) | {"additionalProperties": True}
    ),
    "removeSecurityGroup": wrapped(
        "removeSecurityGroup", wrapped("name", NAME) | {"additionalProperties": True}
    ),
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


def body(name: str, version: tuple[int, int]) -> dict[str, Any]:
    """Return the schema of an action's body at a microversion."""
    if name == "rebuild":
        return servers.rebuild(version)
    if name == "lock" and version >= (2, 73):
        return _LOCK_WITH_REASON
    return BODIES[name]
