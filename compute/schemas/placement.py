"""Bodies of the Placement API."""

from typing import Any

CLASS = "^[A-Z0-9_]+$"
_INT: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 2147483647}
INVENTORY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "resource_provider_generation": {"type": "integer"},
        "resource_class": {"type": "string", "pattern": CLASS},
        "total": _INT | {"minimum": 1},
        "reserved": _INT,
        "min_unit": _INT | {"minimum": 1},
        "max_unit": _INT | {"minimum": 1},
        "step_size": _INT | {"minimum": 1},
        "allocation_ratio": {"type": "number", "exclusiveMinimum": 0},
    },
    "required": ["total"],
    "additionalProperties": False,
}
INVENTORIES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "resource_provider_generation": {"type": "integer"},
        "inventories": {
            "type": "object",
            "propertyNames": {"pattern": CLASS},
            "additionalProperties": INVENTORY,
        },
    },
    "required": ["resource_provider_generation", "inventories"],
    "additionalProperties": False,
}
PROVIDER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "uuid": {"type": "string", "format": "uuid"},
        "parent_provider_uuid": {"type": ["string", "null"], "format": "uuid"},
    },
    "required": ["name"],
    "additionalProperties": False,
}
TRAITS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "resource_provider_generation": {"type": "integer"},
        "traits": {"type": "array", "items": {"type": "string", "pattern": CLASS}},
    },
    "required": ["resource_provider_generation", "traits"],
    "additionalProperties": False,
}
ALLOCATIONS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "allocations": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "generation": {"type": "integer"},
                    "resources": {
                        "type": "object",
                        "minProperties": 1,
                        "propertyNames": {"pattern": CLASS},
                        "additionalProperties": _INT | {"minimum": 1},
                    },
                },
                "required": ["resources"],
                "additionalProperties": False,
            },
        },
        "project_id": {"type": "string", "minLength": 1, "maxLength": 255},
        "user_id": {"type": "string", "minLength": 1, "maxLength": 255},
        "consumer_generation": {"type": ["integer", "null"]},
        "consumer_type": {"type": "string", "pattern": CLASS},
        "mappings": {"type": "object"},
    },
    "required": ["allocations", "project_id", "user_id"],
    "additionalProperties": False,
}
