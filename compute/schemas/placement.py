"""Bodies of the Placement API."""

from typing import Any

Version = tuple[int, int]
WORD = "^[A-Z0-9_]+$"
CUSTOM = "^CUSTOM_[A-Z0-9_]+$"
_UUID_KEY = "^[0-9a-fA-F-]{36}$"
_UUID: dict[str, Any] = {"type": "string", "format": "uuid"}
_MOST = 2147483647
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": _MOST}
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
_GENERATION: dict[str, Any] = {"resource_provider_generation": {"type": "integer"}}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _map(key: str, value: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": least,
        "patternProperties": {key: value},
        "additionalProperties": False,
    }


_FACTS: dict[str, Any] = {
    "total": _COUNT,
    "reserved": _COUNT | {"minimum": 0},
    "min_unit": _COUNT,
    "max_unit": _COUNT,
    "step_size": _COUNT,
    "allocation_ratio": {"type": "number", "maximum": 3.40282e38},
}
_ONE = _object(_FACTS | _GENERATION, "total")
INVENTORY = _object(_FACTS | _GENERATION, "total", "resource_provider_generation")
NEW_INVENTORY = _object(
    _FACTS | _GENERATION | {"resource_class": {"type": "string", "pattern": WORD}},
    *("total", "resource_class"),
)
INVENTORIES = _object(
    _GENERATION | {"inventories": _map(WORD, _ONE)},
    *("resource_provider_generation", "inventories"),
)
_NAME: dict[str, Any] = {"name": {"type": "string", "maxLength": 200}}
_PARENT: dict[str, Any] = {"parent_provider_uuid": {"anyOf": [_UUID, {"type": "null"}]}}
_PROVIDERS = {
    (1, 0): (_object(_NAME | {"uuid": _UUID}, "name"), _object(_NAME, "name")),
    (1, 14): (
        _object(_NAME | _PARENT | {"uuid": _UUID}, "name"),
        _object(_NAME | _PARENT, "name"),
    ),
}
RESOURCE_CLASS = _object({"name": {"type": "string", "pattern": CUSTOM, "maxLength": 255}}, "name")
TRAIT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}
CUSTOM_TRAIT = TRAIT | {"pattern": CUSTOM}
TRAITS = _object(
    _GENERATION | {"traits": {"type": "array", "items": TRAIT}},
    *("traits", "resource_provider_generation"),
)
_GROUPS: dict[str, Any] = {"type": "array", "items": _UUID, "uniqueItems": True}
_GROUPS_1_19 = _object(
    _GENERATION | {"aggregates": _GROUPS}, "aggregates", "resource_provider_generation"
)
_RESOURCES = _map(WORD, {"type": "integer", "minimum": 1}, 1)
_WHO: dict[str, Any] = {"project_id": _TEXT, "user_id": _TEXT}
_LIST: dict[str, Any] = {
    "type": "array",
    "minItems": 1,
    "items": _object(
        {"resource_provider": _object({"uuid": _UUID}, "uuid"), "resources": _RESOURCES},
        *("resource_provider", "resources"),
    ),
}
_HELD = _object({"generation": {"type": "integer"}, "resources": _RESOURCES}, "resources")
_MAPPINGS: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "patternProperties": {
        "^[a-zA-Z0-9_-]{0,64}$": {"type": "array", "minItems": 1, "items": _UUID}
    },
}
_CONSUMER: dict[str, Any] = {"consumer_generation": {"type": ["integer", "null"]}}
_KIND: dict[str, Any] = {"consumer_type": _TEXT | {"pattern": WORD}}
_ALWAYS = ("allocations", "project_id", "user_id")


def _held(least: int) -> dict[str, Any]:
    return {"allocations": _map(_UUID_KEY, _HELD, least), **_WHO}


_ALLOCATIONS: dict[Version, dict[str, Any]] = {
    (1, 0): _object({"allocations": _LIST}, "allocations"),
    (1, 8): _object({"allocations": _LIST, **_WHO}, *_ALWAYS),
    (1, 12): _object(_held(1), *_ALWAYS),
    (1, 28): _object(_held(0) | _CONSUMER, *_ALWAYS, "consumer_generation"),
    (1, 34): _object(
        _held(0) | _CONSUMER | {"mappings": _MAPPINGS}, *_ALWAYS, "consumer_generation"
    ),
    (1, 38): _object(
        _held(0) | _CONSUMER | {"mappings": _MAPPINGS} | _KIND,
        *(*_ALWAYS, "consumer_generation", "consumer_type"),
    ),
}
_EVERY: dict[Version, dict[str, Any]] = {
    (1, 13): _map(_UUID_KEY, _object(_held(0), *_ALWAYS), 1),
    **{since: _map(_UUID_KEY, body, 1) for since, body in _ALLOCATIONS.items() if since >= (1, 28)},
}
_RESHAPE: dict[Version, dict[str, Any]] = {
    max(since, (1, 30)): _object(
        {
            "inventories": _map(_UUID_KEY, INVENTORIES, 1),
            "allocations": body | {"minProperties": 0},
        },
        *("inventories", "allocations"),
    )
    for since, body in _EVERY.items()
    if since >= (1, 28)
}


def _at(spans: dict[Version, Any], version: Version) -> Any:
    return spans[max(since for since in spans if since <= version)]


def provider(version: Version, *, new: bool) -> dict[str, Any]:
    """Return the schema of a new provider, or of a changed one."""
    found: dict[str, Any] = _at(_PROVIDERS, version)[0 if new else 1]
    return found


def groups(version: Version) -> dict[str, Any]:
    """Return the schema of PUT /resource_providers/{id}/aggregates."""
    return _GROUPS_1_19 if version >= (1, 19) else _GROUPS


def allocations(version: Version) -> dict[str, Any]:
    """Return the schema of PUT /allocations/{consumer}."""
    found: dict[str, Any] = _at(_ALLOCATIONS, version)
    return found


def every_allocation(version: Version) -> dict[str, Any]:
    """Return the schema of POST /allocations."""
    found: dict[str, Any] = _at(_EVERY, version)
    return found


def reshape(version: Version) -> dict[str, Any]:
    """Return the schema of POST /reshaper."""
    found: dict[str, Any] = _at(_RESHAPE, version)
    return found
