"""Bodies of domains, projects and tags."""

from identity.schemas.base import BOOLEAN, ID_OR_NULL, OPTIONS, TEXT, name, pair

CREATE_DOMAIN, UPDATE_DOMAIN = pair(
    "domain",
    {"name": name(64), "description": TEXT, "enabled": BOOLEAN, "options": OPTIONS},
    ["name"],
)
TAG = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}
TAGS = {"type": "array", "items": TAG, "maxItems": 80, "uniqueItems": True}
CREATE_PROJECT, UPDATE_PROJECT = pair(
    "project",
    {
        "name": name(64),
        "description": TEXT,
        "domain_id": ID_OR_NULL,
        "parent_id": ID_OR_NULL,
        "enabled": BOOLEAN,
        "is_domain": BOOLEAN,
        "options": OPTIONS,
        "tags": TAGS,
    },
    ["name"],
)
SET_TAGS = {"type": "object", "required": ["tags"], "properties": {"tags": TAGS}}
_VALUE = {"type": ["string", "number", "boolean", "null"], "maxLength": 4096}
CONFIG = {
    "type": "object",
    "required": ["config"],
    "properties": {
        "config": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "object", "additionalProperties": _VALUE},
        }
    },
}
CONFIG_OPTION = {
    "type": "object",
    "required": ["config"],
    "properties": {
        "config": {"type": "object", "minProperties": 1, "additionalProperties": _VALUE}
    },
}
