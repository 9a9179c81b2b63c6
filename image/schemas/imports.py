"""Requests to import data, and tasks as the API shows them."""

from typing import Any

from image.schemas.images import collection

METHODS = ["glance-direct", "web-download", "glance-download", "copy-image"]
_TEXT = {"type": "string", "maxLength": 4096}
IMPORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "method": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "enum": METHODS},
                "uri": _TEXT,
                "glance_image_id": _TEXT,
                "glance_region": _TEXT,
                "glance_service_interface": _TEXT,
            },
            "required": ["name"],
        },
        "stores": {"type": "array", "items": {"type": "string"}, "maxItems": 100},
        "all_stores": {"type": "boolean"},
        "all_stores_must_succeed": {"type": "boolean"},
    },
    "required": ["method"],
}
TASK_TYPES = ["import"]
CREATE_TASK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "enum": TASK_TYPES},
        "input": {
            "type": "object",
            "properties": {
                "import_from": _TEXT,
                "import_from_format": {"type": "string", "maxLength": 32},
                "image_properties": {"type": "object"},
            },
            "required": ["import_from", "import_from_format", "image_properties"],
            "additionalProperties": False,
        },
    },
    "required": ["type", "input"],
    "additionalProperties": False,
}
_MOMENT = {"type": ["null", "string"], "format": "date-time"}
_STATUSES = ["pending", "processing", "success", "failure"]
TASK: dict[str, Any] = {
    "name": "task",
    "properties": {
        "id": {"type": "string", "description": "An identifier for the task"},
        "type": {"type": "string", "description": "The type of task represented by this content"},
        "status": {
            "type": "string",
            "enum": _STATUSES,
            "description": "The current status of this task",
        },
        "input": {"type": ["null", "object"], "description": "The parameters of the task"},
        "result": {"type": ["null", "object"], "description": "The result of the task"},
        "owner": {"type": ["null", "string"], "description": "The project that asked for it"},
        "message": {"type": ["null", "string"], "description": "What went wrong"},
        "image_id": {"type": ["null", "string"], "description": "The image it works on"},
        "request_id": {"type": ["null", "string"], "description": "The request that asked for it"},
        "user_id": {"type": ["null", "string"], "description": "The user that asked for it"},
        "expires_at": _MOMENT,
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
        "self": {"type": "string", "readOnly": True},
        "schema": {"type": "string", "readOnly": True},
    },
}
TASKS = collection("tasks", TASK)
