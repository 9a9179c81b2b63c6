"""Pieces that many bodies are made of."""

from collections.abc import Sequence
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "null"]}
BOOLEAN: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
ID_OR_NULL: Schema = {"type": ["string", "null"], "maxLength": 64}
OPTIONS: Schema = {"type": "object"}
MOMENT: Schema = {"type": ["string", "null"], "maxLength": 64}


def name(longest: int) -> Schema:
    """Return the schema of a name that is not blank."""
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"\S"}


def pair(one: str, properties: Schema, required: Sequence[str]) -> tuple[Schema, Schema]:
    """Return the schemas of `{one: {...}}` to create and to change; more properties are kept."""
    return _wrapped(one, properties, required), _wrapped(one, properties, ())


def _wrapped(one: str, properties: Schema, required: Sequence[str]) -> Schema:
    inner = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "object", "required": [one], "properties": {one: inner}}
