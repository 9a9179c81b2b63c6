"""JSON Schema of what is asked of volume types."""

from typing import Any, Final

from volume.schemas.volumes import BOOLEAN, fields, only

NAME: Final = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"}
DESCRIPTION: Final = {"type": ["string", "null"], "maxLength": 255}
SPEC_NAME: Final = "^[a-zA-Z0-9-_:. ]{1,255}$"
SPECS: Final[dict[str, Any]] = {
    "type": "object",
    "patternProperties": {SPEC_NAME: {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}
_NEW: Final[dict[str, Any]] = {
    "name": NAME,
    "description": DESCRIPTION,
    "extra_specs": {"anyOf": [SPECS, {"type": "null"}]},
    "os-volume-type-access:is_public": BOOLEAN,
}
CREATE: Final = only("volume_type", fields(["name"], **_NEW))
UPDATE: Final = only(
    "volume_type",
    fields(
        [],
        name={"type": ["string", "null"], "maxLength": 255},
        description=DESCRIPTION,
        is_public=BOOLEAN,
    ),
)
EXTRA_SPECS: Final = only("extra_specs", SPECS)
ONE_SPEC: Final = {**SPECS, "minProperties": 1, "maxProperties": 1}
ACCESS: Final = {
    "type": "object",
    "properties": {
        name: only("project", {"type": "string", "minLength": 1, "maxLength": 64})
        for name in ("addProjectAccess", "removeProjectAccess")
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
_ENCRYPTION: Final[dict[str, Any]] = {
    "key_size": {"type": ["string", "integer", "null"], "pattern": "^[0-9]+$", "minimum": 0},
    "provider": {"type": "string", "minLength": 1, "maxLength": 255},
    "control_location": {"enum": ["front-end", "back-end"]},
    "cipher": {"type": ["string", "null"], "maxLength": 255},
}
ENCRYPTION: Final = only("encryption", fields(["provider", "control_location"], **_ENCRYPTION))
ENCRYPTION_UPDATE: Final = only("encryption", fields([], **_ENCRYPTION))
CONSUMERS: Final = ("front-end", "back-end", "both")
QOS: Final = only(
    "qos_specs",
    {
        "type": "object",
        "properties": {"name": NAME, "consumer": {"enum": list(CONSUMERS)}},
        "patternProperties": {SPEC_NAME: {"type": "string", "maxLength": 255}},
        "required": ["name"],
        "additionalProperties": False,
    },
)
QOS_UPDATE: Final = only(
    "qos_specs",
    {
        "type": "object",
        "properties": {"consumer": {"enum": list(CONSUMERS)}},
        "patternProperties": {SPEC_NAME: {"type": "string", "maxLength": 255}},
        "minProperties": 1,
        "additionalProperties": False,
    },
)
QOS_KEYS: Final = fields(["keys"], keys={"type": "array", "items": {"type": "string"}})
DEFAULT: Final = only(
    "default_type", fields(["volume_type"], volume_type={"type": "string", "minLength": 1})
)
ENCRYPTION_NAMES: Final = tuple(_ENCRYPTION)
