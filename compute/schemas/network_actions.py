"""Bodies of server actions that are about addresses."""

from typing import Any

from compute.schemas.common import wrapped

_ADDRESS: dict[str, Any] = {"type": "string", "pattern": r"^[0-9a-fA-F:.]{2,45}$"}
_ONE = {
    "type": "object",
    "properties": {"address": _ADDRESS},
    "required": ["address"],
    "additionalProperties": False,
}
_NETWORK_ID = {"type": ["string", "number"], "minLength": 1, "maxLength": 36}
BODIES: dict[str, dict[str, Any]] = {
    "addFloatingIp": wrapped(
        "addFloatingIp", _ONE | {"properties": {"address": _ADDRESS, "fixed_address": _ADDRESS}}
    ),
    "removeFloatingIp": wrapped("removeFloatingIp", _ONE),
    "addFixedIp": wrapped(
        "addFixedIp",
        {
            "type": "object",
            "properties": {"networkId": _NETWORK_ID},
            "required": ["networkId"],
            "additionalProperties": False,
        },
    ),
    "removeFixedIp": wrapped("removeFixedIp", _ONE),
}
