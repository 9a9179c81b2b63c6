"""Bodies of users and groups."""

from identity.schemas.base import BOOLEAN, ID, ID_OR_NULL, OPTIONS, TEXT, name, pair

PASSWORD = {"type": ["string", "null"], "minLength": 1, "maxLength": 4096}
CREATE_USER, UPDATE_USER = pair(
    "user",
    {
        "name": name(255),
        "domain_id": ID,
        "default_project_id": ID_OR_NULL,
        "description": TEXT,
        "enabled": BOOLEAN,
        "password": PASSWORD,
        "options": OPTIONS,
    },
    ["name"],
)
CHANGE_PASSWORD = {
    "type": "object",
    "required": ["user"],
    "properties": {
        "user": {
            "type": "object",
            "required": ["original_password", "password"],
            "properties": {
                "original_password": {"type": "string"},
                "password": {"type": "string", "minLength": 1, "maxLength": 4096},
            },
        }
    },
}
CREATE_GROUP, UPDATE_GROUP = pair(
    "group", {"name": name(64), "domain_id": ID, "description": TEXT}, ["name"]
)
