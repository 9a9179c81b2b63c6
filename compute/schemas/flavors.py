"""Bodies about flavors."""

from typing import Any

from compute.schemas.common import BOOLEAN, NAME, wrapped

_COUNT: dict[str, Any] = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 0}
_POSITIVE: dict[str, Any] = {
    "type": ["integer", "string"],
    "pattern": "^0*[1-9][0-9]*$",
    "minimum": 1,
    "maximum": 2147483647,
}
_COUNT = _COUNT | {"maximum": 2147483647}
_FACTOR: dict[str, Any] = {
    "type": ["number", "string"],
    "pattern": r"^[0-9]+(\.[0-9]+)?$",
    "exclusiveMinimum": 0,
}
_PROPERTIES: dict[str, Any] = {
    "name": NAME,
    "id": {"type": ["string", "number", "null"], "maxLength": 255, "pattern": r"^[\w. -]+$"},
    "flavorid": {"type": ["string", "integer", "null"], "maxLength": 255},
    "ram": _POSITIVE,
    "vcpus": _POSITIVE,
    "disk": _COUNT,
    "OS-FLV-EXT-DATA:ephemeral": _COUNT,
    "swap": {"anyOf": [_COUNT, {"const": ""}]},
    "rxtx_factor": _FACTOR,
    "os-flavor-access:is_public": BOOLEAN,
}
DESCRIPTION: dict[str, Any] = {"type": ["string", "null"], "maxLength": 65535}


def _create(properties: dict[str, Any]) -> dict[str, Any]:
    return wrapped(
        "flavor",
        {
            "type": "object",
            "properties": properties,
            "required": ["name", "ram", "vcpus", "disk"],
            "additionalProperties": False,
        },
    )


CREATE = _create(_PROPERTIES)
CREATE_2_55 = _create(_PROPERTIES | {"description": DESCRIPTION})
CREATE_2_102 = _create(
    {key: value for key, value in _PROPERTIES.items() if key != "rxtx_factor"}
    | {"description": DESCRIPTION}
)


def create(version: tuple[int, int]) -> dict[str, Any]:
    """Return the schema of POST /flavors at a microversion."""
    if version >= (2, 102):
        return CREATE_2_102
    return CREATE_2_55 if version >= (2, 55) else CREATE


UPDATE_2_55 = wrapped("flavor", wrapped("description", DESCRIPTION))
SPECS: dict[str, Any] = {
    "type": "object",
    "propertyNames": {"minLength": 1, "maxLength": 255, "pattern": r"^[a-zA-Z0-9\-_:. ]+$"},
    "additionalProperties": {"type": ["string", "number"], "maxLength": 255},
}
EXTRA_SPECS = wrapped("extra_specs", SPECS)
ONE_SPEC = SPECS | {"minProperties": 1, "maxProperties": 1}
ACCESS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "addTenantAccess": wrapped("tenant", {"type": "string", "minLength": 1, "maxLength": 255}),
        "removeTenantAccess": wrapped(
            "tenant", {"type": "string", "minLength": 1, "maxLength": 255}
        ),
    },
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": False,
}
