"""JSON Schema of what is asked of volumes."""

from typing import Any, Final

TEXT: Final = {"type": ["string", "null"], "maxLength": 255}
NUMBER: Final = {"type": ["string", "integer"], "pattern": "^[0-9]+$", "maxLength": 12}
TRUE: Final = (True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t")
FALSE: Final = (False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n")
BOOLEAN: Final = {"type": ["boolean", "string"], "enum": [*TRUE, *FALSE, "f"]}
ITEMS: Final = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 255},
    "additionalProperties": {"type": "string", "maxLength": 255},
}
NAMED: Final = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
MODE: Final = {"type": "string", "enum": ["rw", "ro"]}


def only(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with this one field."""
    return {
        "type": "object",
        "properties": {name: value},
        "required": [name],
        "additionalProperties": False,
    }


def fields(required: list[str], **properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


CREATE: Final = {
    "type": "object",
    "properties": {
        "volume": {
            "type": "object",
            "properties": {
                "size": {"type": ["string", "integer", "null"], "maxLength": 12},
                "name": TEXT,
                "display_name": TEXT,
                "description": TEXT,
                "display_description": TEXT,
                "volume_type": NAMED,
                "availability_zone": TEXT,
                "metadata": {"anyOf": [ITEMS, {"type": "null"}]},
                "snapshot_id": NAMED,
                "source_volid": NAMED,
                "imageRef": NAMED,
                "image_id": NAMED,
                "backup_id": NAMED,
                "group_id": NAMED,
                "consistencygroup_id": NAMED,
                "multiattach": {"anyOf": [BOOLEAN, {"type": "null"}]},
                "id": NAMED,
                "user_id": NAMED,
            },
            "additionalProperties": True,
        },
        "OS-SCH-HNT:scheduler_hints": {"type": ["object", "null"]},
        "scheduler_hints": {"type": ["object", "null"]},
    },
    "required": ["volume"],
    "additionalProperties": False,
}
UPDATE: Final = only(
    "volume",
    {
        "type": "object",
        "properties": {
            "name": TEXT,
            "display_name": TEXT,
            "description": TEXT,
            "display_description": TEXT,
            "metadata": ITEMS,
        },
        "minProperties": 1,
        "additionalProperties": False,
    },
)
METADATA: Final = only("metadata", ITEMS)
META: Final = only(
    "meta",
    {
        "type": "object",
        "additionalProperties": {"type": "string", "maxLength": 255},
        "minProperties": 1,
        "maxProperties": 1,
    },
)
ANYTHING: Final = {"type": ["object", "null", "string"]}
CONNECTOR: Final = fields(["connector"], connector={"type": "object"})
ACTIONS: Final = {
    "os-extend": fields(["new_size"], new_size={**NUMBER, "minimum": 1}),
    "os-set_bootable": fields(["bootable"], bootable=BOOLEAN),
    "os-update_readonly_flag": fields(["readonly"], readonly=BOOLEAN),
    "os-reset_status": {
        "type": "object",
        "properties": {
            "status": {"type": ["string", "null"], "maxLength": 32},
            "attach_status": {"type": "string", "enum": ["attached", "detached"]},
            "migration_status": {"type": ["string", "null"], "maxLength": 32},
        },
        "minProperties": 1,
        "additionalProperties": False,
    },
    "os-force_delete": ANYTHING,
    "os-reserve": ANYTHING,
    "os-unreserve": ANYTHING,
    "os-begin_detaching": ANYTHING,
    "os-roll_detaching": ANYTHING,
    "os-attach": {
        "type": "object",
        "properties": {
            "instance_uuid": NAMED,
            "host_name": NAMED,
            "mountpoint": {"type": "string", "minLength": 1, "maxLength": 255},
            "mode": MODE,
        },
        "required": ["mountpoint"],
        "additionalProperties": False,
    },
    "os-detach": {
        "type": ["object", "null", "string"],
        "properties": {"attachment_id": NAMED},
    },
    "os-force_detach": {
        "type": "object",
        "properties": {"attachment_id": NAMED, "connector": {"type": ["object", "null"]}},
    },
    "os-initialize_connection": CONNECTOR,
    "os-terminate_connection": {
        "type": "object",
        "properties": {"connector": {"type": ["object", "null"]}, "force": BOOLEAN},
        "required": ["connector"],
    },
    "os-retype": {
        "type": "object",
        "properties": {
            "new_type": {"type": "string", "minLength": 1, "maxLength": 255},
            "migration_policy": {"type": ["string", "null"], "enum": ["on-demand", "never", None]},
        },
        "required": ["new_type"],
        "additionalProperties": False,
    },
    "os-migrate_volume": {
        "type": "object",
        "properties": {
            "host": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
            "cluster": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
            "force_host_copy": BOOLEAN,
            "lock_volume": BOOLEAN,
        },
        "additionalProperties": False,
    },
    "os-volume_upload_image": {
        "type": "object",
        "properties": {
            "image_name": {"type": "string", "minLength": 1, "maxLength": 255},
            "force": BOOLEAN,
            "disk_format": {"type": ["string", "null"], "maxLength": 32},
            "container_format": {"type": ["string", "null"], "maxLength": 32},
            "visibility": {"enum": ["community", "public", "private", "shared"]},
            "protected": BOOLEAN,
        },
        "required": ["image_name"],
        "additionalProperties": True,
    },
    "os-set_image_metadata": METADATA,
    "os-unset_image_metadata": fields(
        ["key"], key={"type": "string", "minLength": 1, "maxLength": 255}
    ),
    "os-show_image_metadata": ANYTHING,
    "revert": fields(["snapshot_id"], snapshot_id=NAMED),
    "os-reimage": {
        "type": "object",
        "properties": {
            "image_id": {"type": "string", "minLength": 1, "maxLength": 36},
            "reimage_reserved": BOOLEAN,
        },
        "required": ["image_id"],
        "additionalProperties": False,
    },
    "os-migrate_volume_completion": {
        "type": "object",
        "properties": {
            "new_volume": {**NAMED, "type": "string"},
            "error": {"anyOf": [BOOLEAN, {"type": "null"}]},
        },
        "required": ["new_volume"],
        "additionalProperties": False,
    },
    "os-extend_volume_completion": fields(["error"], error=BOOLEAN),
}
SNAPSHOT_CREATE: Final = only(
    "snapshot",
    {
        "type": "object",
        "properties": {
            "id": NAMED,
            "user_id": NAMED,
            "volume_id": {"type": ["string", "null"], "maxLength": 36},
            "name": TEXT,
            "display_name": TEXT,
            "description": TEXT,
            "display_description": TEXT,
            "force": {"anyOf": [BOOLEAN, {"type": "null"}]},
            "metadata": {"anyOf": [ITEMS, {"type": "null"}]},
        },
        "required": ["volume_id"],
        "additionalProperties": True,
    },
)
SNAPSHOT_UPDATE: Final = only(
    "snapshot",
    {
        "type": "object",
        "properties": {
            "name": TEXT,
            "display_name": TEXT,
            "description": TEXT,
            "display_description": TEXT,
        },
        "additionalProperties": False,
        "minProperties": 1,
    },
)
SNAPSHOT_ACTIONS: Final = {
    "os-reset_status": fields(
        ["status"],
        status={"enum": ["creating", "available", "deleting", "error", "error_deleting"]},
    ),
    "os-update_snapshot_status": {
        "type": "object",
        "properties": {
            "status": {"enum": ["creating", "available", "error", "error_deleting", "deleting"]},
            "progress": {"type": ["string", "null"], "pattern": "^[0-9]+%$"},
        },
        "required": ["status"],
        "additionalProperties": False,
    },
    "os-force_delete": ANYTHING,
}
ATTACHMENT_CREATE: Final = only(
    "attachment",
    {
        "type": "object",
        "properties": {
            "instance_uuid": NAMED,
            "volume_uuid": {"type": "string", "minLength": 1, "maxLength": 36},
            "connector": {"type": ["object", "null"]},
            "mode": MODE,
        },
        "required": ["volume_uuid"],
        "additionalProperties": False,
    },
)
ATTACHMENT_UPDATE: Final = only("attachment", CONNECTOR)
COMPLETE: Final = only("os-complete", ANYTHING)


def is_true(value: object) -> bool:
    """Return what a BOOLEAN says; nothing says no."""
    return str(value).lower() in ("true", "1", "on", "yes", "y", "t")
