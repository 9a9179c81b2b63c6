"""JSON Schema of what is asked of backups."""

from typing import Final

from volume.schemas.volumes import ANYTHING, BOOLEAN, ITEMS, NAMED, TEXT, fields, only

_ID: Final = {"type": "string", "minLength": 1, "maxLength": 36}
_ITEMS: Final = {"anyOf": [ITEMS, {"type": "null"}]}
CREATE: Final = only(
    "backup",
    {
        "type": "object",
        "properties": {
            "volume_id": _ID,
            "snapshot_id": NAMED,
            "name": TEXT,
            "description": TEXT,
            "container": TEXT,
            "incremental": {"anyOf": [BOOLEAN, {"type": "null"}]},
            "force": {"anyOf": [BOOLEAN, {"type": "null"}]},
            "metadata": _ITEMS,
            "availability_zone": TEXT,
        },
        "required": ["volume_id"],
        "additionalProperties": True,
    },
)
UPDATE: Final = only(
    "backup",
    {**fields([], name=TEXT, description=TEXT, metadata=_ITEMS), "minProperties": 1},
)
RESTORE: Final = only("restore", fields([], volume_id=NAMED, name=TEXT))
RECORD: Final = only(
    "backup-record",
    fields(
        ["backup_service", "backup_url"],
        backup_service={"type": "string", "minLength": 1, "maxLength": 255},
        backup_url={"type": "string", "minLength": 1, "maxLength": 100000},
    ),
)
ACTIONS: Final = {
    "os-reset_status": fields(["status"], status={"enum": ["available", "error"]}),
    "os-force_delete": ANYTHING,
}
