"""Requests to put staged data into use."""

from typing import Any

METHODS = ["glance-direct"]
IMPORT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "method": {
            "type": "object",
            "properties": {"name": {"type": "string", "enum": METHODS}},
            "required": ["name"],
        }
    },
    "required": ["method"],
}
