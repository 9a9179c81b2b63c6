"""JSON Schema of what is asked of groups."""

from typing import Any, Final

from volume.schemas.types import DESCRIPTION, NAME, ONE_SPEC, SPECS
from volume.schemas.volumes import BOOLEAN, TEXT, fields, only

TYPE: Final = only(
    "group_type",
    fields(
        ["name"],
        name=NAME,
        description=DESCRIPTION,
        is_public=BOOLEAN,
        group_specs={"anyOf": [SPECS, {"type": "null"}]},
    ),
)
TYPE_UPDATE: Final = only(
    "group_type",
    fields([], name={"type": ["string", "null"]}, description=DESCRIPTION, is_public=BOOLEAN),
)
TYPE_SPECS: Final = only("group_specs", SPECS)
TYPE_SPEC: Final = ONE_SPEC
_ID: Final = {"type": "string", "minLength": 1, "maxLength": 255}
CREATE: Final = only(
    "group",
    fields(
        ["group_type", "volume_types"],
        name=TEXT,
        description=TEXT,
        group_type=_ID,
        volume_types={"type": "array", "items": _ID, "minItems": 1},
        availability_zone=TEXT,
    ),
)
_SOURCES: Final[dict[str, Any]] = fields(
    [], name=TEXT, description=TEXT, source_group_id=_ID, group_snapshot_id=_ID
)
COPY: Final = only(
    "create-from-src",
    {
        **_SOURCES,
        "oneOf": [{"required": ["source_group_id"]}, {"required": ["group_snapshot_id"]}],
    },
)
UPDATE: Final = only(
    "group",
    {
        **fields(
            [],
            name=TEXT,
            description=TEXT,
            add_volumes={"type": ["string", "null"]},
            remove_volumes={"type": ["string", "null"]},
        ),
        "minProperties": 1,
    },
)
_STATUS: Final = fields(["status"], status={"type": "string", "minLength": 1, "maxLength": 32})
ACTIONS: Final = {
    "delete": {
        "type": "object",
        "properties": {"delete-volumes": BOOLEAN},
        "additionalProperties": False,
    },
    "reset_status": _STATUS,
}
SNAPSHOT: Final = only(
    "group_snapshot", fields(["group_id"], group_id=_ID, name=TEXT, description=TEXT)
)
SNAPSHOT_ACTIONS: Final = {"reset_status": _STATUS}
