"""Bodies that only older clients and other services send."""

from typing import Any

from compute.schemas.common import NAME, wrapped

Version = tuple[int, int]
_SWITCH: dict[str, Any] = {
    "enum": ["enable", "disable", "Enable", "Disable", "ENABLE", "DISABLE"],
}
HOST: dict[str, Any] = {
    "type": "object",
    "properties": {"status": _SWITCH, "maintenance_mode": _SWITCH},
    "anyOf": [{"required": ["status"]}, {"required": ["maintenance_mode"]}],
    "additionalProperties": False,
}
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
ASSISTED: dict[str, Any] = wrapped(
    "snapshot",
    {
        "type": "object",
        "properties": {
            "volume_id": _TEXT,
            "create_info": {
                "type": "object",
                "properties": {
                    "snapshot_id": _TEXT,
                    "type": {"enum": ["qcow2"]},
                    "new_file": _TEXT,
                    "id": _TEXT,
                },
                "required": ["snapshot_id", "type", "new_file"],
                "additionalProperties": False,
            },
        },
        "required": ["volume_id", "create_info"],
        "additionalProperties": False,
    },
)
SHARE: dict[str, Any] = wrapped(
    "share",
    {
        "type": "object",
        "properties": {"share_id": {"type": "string", "format": "uuid"}, "tag": NAME},
        "required": ["share_id"],
        "additionalProperties": False,
    },
)
_EVENTS: list[tuple[Version, list[str]]] = [
    (
        (2, 1),
        ["network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted"],
    ),
    ((2, 51), ["volume-extended"]),
    ((2, 76), ["power-update"]),
    ((2, 82), ["accelerator-request-bound"]),
    ((2, 93), ["volume-reimaged"]),
]


def _event_bodies() -> dict[Version, dict[str, Any]]:
    found: dict[Version, dict[str, Any]] = {}
    names: list[str] = []
    for since, added in _EVENTS:
        names = names + added
        event = {
            "type": "object",
            "properties": {
                "name": {"enum": names},
                "server_uuid": {"type": "string", "format": "uuid"},
                "status": {"enum": ["failed", "completed", "in-progress"]},
                "tag": {"type": "string", "maxLength": 255},
            },
            "required": ["name", "server_uuid"],
            "additionalProperties": False,
        }
        found[since] = wrapped("events", {"type": "array", "minItems": 1, "items": event})
    return found


_EVENT_BODIES = _event_bodies()


def events(version: Version) -> dict[str, Any]:
    """Return the schema of POST /os-server-external-events at a microversion."""
    return _EVENT_BODIES[max(since for since in _EVENT_BODIES if since <= version)]
