"""JSON Schema of what administrators ask, and of transfers."""

from collections.abc import Mapping
from typing import Any, Final

from volume.schemas.volumes import BOOLEAN, ITEMS, NAMED, TEXT, fields, only

LIMIT: Final = {
    "type": ["string", "integer"],
    "pattern": "^-?[0-9]+$",
    "minimum": -1,
    "maximum": 2147483647,
    "maxLength": 10,
}
QUOTA: Final = only(
    "quota_set",
    {
        "type": "object",
        "properties": {"tenant_id": {"type": ["string", "null"]}, "force": BOOLEAN},
        "additionalProperties": LIMIT,
    },
)
QUOTA_CLASS: Final = only(
    "quota_class_set",
    {
        "type": "object",
        "properties": {"class_name": {"type": "string"}},
        "additionalProperties": LIMIT,
    },
)
HOST: Final = {"type": "string", "minLength": 1, "maxLength": 255}
SERVICE: Final = {
    "type": "object",
    "properties": {
        "host": HOST,
        "binary": HOST,
        "service": HOST,
        "disabled_reason": {"type": ["string", "null"], "maxLength": 255},
        "backend_id": {"type": ["string", "null"]},
        "cluster": {"type": ["string", "null"]},
    },
    "additionalProperties": True,
}
CLEANUP: Final = {
    "type": "object",
    "properties": {
        "host": HOST,
        "binary": {"enum": ["cinder-volume", "cinder-scheduler", "cinder-backup"]},
        "cluster_name": HOST,
        "is_up": BOOLEAN,
        "disabled": BOOLEAN,
        "service_id": {"type": ["string", "integer"], "maxLength": 36},
        "resource_id": {"type": "string", "format": "uuid"},
        "resource_type": {"enum": ["Volume", "Snapshot", "volume", "snapshot"]},
    },
    "additionalProperties": False,
}
CLUSTER: Final = {
    "type": "object",
    "properties": {
        "name": HOST,
        "binary": {"type": ["string", "null"], "maxLength": 255},
        "disabled_reason": {"type": ["string", "null"], "maxLength": 255},
    },
    "required": ["name"],
    "additionalProperties": False,
}
TRANSFER: Final = only(
    "transfer",
    fields(
        ["volume_id"],
        volume_id={"type": "string", "minLength": 1, "maxLength": 36},
        name=TEXT,
        no_snapshots=BOOLEAN,
    ),
)
ACCEPT: Final = only("accept", fields(["auth_key"], auth_key={**NAMED, "type": "string"}))
_REF: Final = {
    "type": "object",
    "properties": {
        "source-name": {"type": "string", "minLength": 1, "maxLength": 255},
        "source-id": {"type": "string", "minLength": 1, "maxLength": 255},
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
_ITEMS: Final = {"anyOf": [ITEMS, {"type": "null"}]}
MANAGE: Final = only(
    "volume",
    {
        "type": "object",
        "properties": {
            "host": HOST,
            "ref": _REF,
            "name": TEXT,
            "description": TEXT,
            "volume_type": NAMED,
            "availability_zone": TEXT,
            "metadata": _ITEMS,
            "bootable": {"anyOf": [BOOLEAN, {"type": "null"}]},
        },
        "required": ["host", "ref"],
        "additionalProperties": True,
    },
)
MANAGE_SNAPSHOT: Final = only(
    "snapshot",
    {
        "type": "object",
        "properties": {
            "volume_id": {"type": "string", "minLength": 1, "maxLength": 36},
            "ref": _REF,
            "name": TEXT,
            "description": TEXT,
            "metadata": _ITEMS,
        },
        "required": ["volume_id", "ref"],
        "additionalProperties": True,
    },
)


def source(ref: Mapping[str, Any]) -> str:
    """Return the name of what is to be taken over."""
    return str(ref.get("source-name") or ref.get("source-id"))
