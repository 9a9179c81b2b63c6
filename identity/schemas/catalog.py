"""Bodies of services, endpoints and regions."""

from identity.schemas.base import BOOLEAN, ID, TEXT, name, pair

CREATE_SERVICE, UPDATE_SERVICE = pair(
    "service",
    {
        "type": name(255),
        "name": {"type": "string", "maxLength": 255},
        "description": TEXT,
        "enabled": BOOLEAN,
    },
    ["type"],
)
_REGION = {"type": ["string", "null"], "maxLength": 255}
CREATE_ENDPOINT, UPDATE_ENDPOINT = pair(
    "endpoint",
    {
        "service_id": ID,
        "interface": {"enum": ["public", "internal", "admin"]},
        "url": {
            "type": "string",
            "minLength": 1,
            "maxLength": 2000,
            "pattern": "^[a-zA-Z0-9+.-]+:",
        },
        "region": _REGION,
        "region_id": _REGION,
        "name": {"type": "string", "maxLength": 255},
        "enabled": BOOLEAN,
    },
    ["service_id", "interface", "url"],
)
CREATE_REGION, UPDATE_REGION = pair(
    "region", {"id": _REGION, "description": TEXT, "parent_region_id": _REGION}, []
)
CREATE_ENDPOINT_GROUP, UPDATE_ENDPOINT_GROUP = pair(
    "endpoint_group",
    {
        "name": name(255),
        "description": TEXT,
        "filters": {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "service_id": ID,
                "region_id": {"type": "string", "maxLength": 255},
                "interface": {"enum": ["public", "internal", "admin"]},
            },
            "additionalProperties": False,
        },
    },
    ["name", "filters"],
)
