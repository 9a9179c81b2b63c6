"""Bodies about services."""

from typing import Any

from compute.schemas.common import BOOLEAN, NAME

_OLD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "host": NAME,
        "binary": NAME,
        "disabled_reason": NAME,
        "forced_down": BOOLEAN,
    },
    "required": ["host", "binary"],
    "additionalProperties": False,
}
BY_HOST = _OLD
BY_ID: dict[str, Any] = {
    "type": "object",
    "properties": {
        "status": {"enum": ["enabled", "disabled"]},
        "disabled_reason": NAME,
        "forced_down": BOOLEAN,
    },
    "additionalProperties": False,
}
UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
