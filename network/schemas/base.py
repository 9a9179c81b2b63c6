"""What the schemas of requests share."""

from typing import Any

ID = {"type": "string", "minLength": 1, "maxLength": 255}
UUID = {"type": "string", "format": "uuid"}
NAME = {"type": "string", "maxLength": 255}
TEXT = {"type": "string", "maxLength": 255}
FLAG = {"type": "boolean"}
TAG = {"type": "string", "minLength": 1, "maxLength": 255}
TAGS = {"type": "array", "items": TAG, "maxItems": 50, "uniqueItems": True}
ADDRESS = {"type": "string", "minLength": 2, "maxLength": 64}
OWNER = {"project_id": ID, "tenant_id": ID}

Schema = dict[str, Any]


def nullable(schema: Schema) -> Schema:
    """Return the schema with null allowed."""
    return {"anyOf": [schema, {"type": "null"}]}


def body(properties: Schema, required: tuple[str, ...] = ()) -> Schema:
    """Return the schema of one resource's attributes; others are refused."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
