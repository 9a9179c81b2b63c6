"""What requests about quotas and tags may hold."""

from network.schemas.base import TAGS

QUOTA = {
    "type": "object",
    "properties": {
        "quota": {
            "type": "object",
            "properties": {"check_limit": {"type": "boolean"}, "force": {"type": "boolean"}},
            "additionalProperties": {"type": "integer", "minimum": -1, "maximum": 2**31 - 1},
        }
    },
    "required": ["quota"],
    "additionalProperties": False,
}
TAG_LIST = {
    "type": "object",
    "properties": {"tags": TAGS},
    "required": ["tags"],
    "additionalProperties": False,
}
