"""Pieces that several schemas share."""

from typing import Any

NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^(?!\s*$)[^\x00-\x1f\x7f]*$",
}
NON_NEGATIVE: dict[str, Any] = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0}
POSITIVE: dict[str, Any] = {
    "type": ["integer", "string"],
    "pattern": "^0*[1-9][0-9]*$",
    "minimum": 1,
    "maxLength": 10,
}
BOOLEAN: dict[str, Any] = {
    "enum": [
        True,
        False,
        *("True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes"),
        *("False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"),
    ]
}
METADATA: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9\-_:. ]+$"},
    "additionalProperties": {"type": "string", "maxLength": 255},
}
UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
IPV4: dict[str, Any] = {"type": "string", "format": "ipv4"}
IPV6: dict[str, Any] = {"type": "string", "format": "ipv6"}
TAG: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 60,
    "pattern": "^[^,/]*$",
}


def truth(value: object) -> bool:
    """Return what one of BOOLEAN's forms means."""
    return str(value).lower() in ("true", "1", "on", "yes", "t", "y")


def wrapped(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of `{name: ...}` and nothing beside it."""
    return {
        "type": "object",
        "properties": {name: schema},
        "required": [name],
        "additionalProperties": False,
    }
