"""Bodies about aggregates."""

from typing import Any

from compute.schemas.common import NAME, wrapped

_ZONE: dict[str, Any] = {"anyOf": [NAME, {"type": "null"}]}
_PROPERTIES: dict[str, Any] = {"name": NAME, "availability_zone": _ZONE}
CREATE = wrapped(
    "aggregate",
    {
        "type": "object",
        "properties": _PROPERTIES,
        "required": ["name"],
        "additionalProperties": False,
    },
)
UPDATE = wrapped(
    "aggregate",
    {
        "type": "object",
        "properties": _PROPERTIES,
        "minProperties": 1,
        "additionalProperties": False,
    },
)
_METADATA: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 255},
    "additionalProperties": {"type": ["string", "null"], "maxLength": 255},
}
ACTION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "add_host": wrapped("host", NAME),
        "remove_host": wrapped("host", NAME),
        "set_metadata": wrapped("metadata", _METADATA),
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
IMAGES = wrapped(
    "cache",
    {
        "type": "array",
        "minItems": 1,
        "items": wrapped("id", {"type": "string", "format": "uuid"}),
    },
)
