"""Bodies of limits: several are made at once, each is changed by itself."""

from typing import Any

from identity.schemas.base import ID, ID_OR_NULL, TEXT, name

_AMOUNT = {"type": "integer", "minimum": -1, "maximum": 0x7FFFFFFF}
_REGION = {"type": ["string", "null"], "maxLength": 255}
_WHAT = {"service_id": ID, "region_id": _REGION, "resource_name": name(255), "description": TEXT}
_REGISTERED = {**_WHAT, "default_limit": _AMOUNT}
_LIMIT = {
    **_WHAT,
    "resource_limit": _AMOUNT,
    "project_id": ID_OR_NULL,
    "domain_id": ID_OR_NULL,
}


def _closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _wrapped(name: str, inner: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": [name], "properties": {name: inner}}


def _several(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": one, "minItems": 1, "maxItems": 1000}


CREATE_REGISTERED = _wrapped(
    "registered_limits",
    _several(_closed(_REGISTERED, ["service_id", "resource_name", "default_limit"])),
)
UPDATE_REGISTERED = _wrapped("registered_limit", _closed(_REGISTERED, []))
CREATE = _wrapped(
    "limits", _several(_closed(_LIMIT, ["service_id", "resource_name", "resource_limit"]))
)
UPDATE = _wrapped("limit", _closed({"resource_limit": _AMOUNT, "description": TEXT}, []))
