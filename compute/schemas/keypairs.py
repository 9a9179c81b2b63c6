"""Bodies about key pairs."""

from typing import Any

from compute.schemas.common import wrapped

Version = tuple[int, int]
_NAME: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[a-zA-Z0-9_\- ]+$",
}
_NAME_2_92: dict[str, Any] = _NAME | {"pattern": r"^[a-zA-Z0-9_\-. @]+$"}
_KEY: dict[str, Any] = {"type": "string", "maxLength": 16384}
_TYPE: dict[str, Any] = {"enum": ["ssh", "x509"]}
_USER: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 255}


def _create(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return wrapped(
        "keypair",
        {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
    )


_FIRST = {"name": _NAME, "public_key": _KEY}
_SCHEMAS: dict[Version, dict[str, Any]] = {
    (2, 1): _create(_FIRST, ["name"]),
    (2, 2): _create(_FIRST | {"type": _TYPE}, ["name"]),
    (2, 10): _create(_FIRST | {"type": _TYPE, "user_id": _USER}, ["name"]),
    (2, 92): _create(
        {"name": _NAME_2_92, "public_key": _KEY, "type": _TYPE, "user_id": _USER},
        ["name", "public_key"],
    ),
}


def create(version: Version) -> dict[str, Any]:
    """Return the schema of POST /os-keypairs at a microversion."""
    return _SCHEMAS[max(since for since in _SCHEMAS if since <= version)]
