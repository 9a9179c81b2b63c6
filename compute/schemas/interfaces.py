"""Bodies about a server's ports."""

from typing import Any

from compute.schemas.common import TAG, wrapped

_PROPERTIES: dict[str, Any] = {
    "net_id": {"type": "string", "format": "uuid"},
    "port_id": {"type": "string", "format": "uuid"},
    "fixed_ips": {
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": {
            "type": "object",
            "properties": {"ip_address": {"type": "string", "pattern": "^[0-9a-fA-F:.]{2,45}$"}},
            "required": ["ip_address"],
            "additionalProperties": False,
        },
    },
}


def _attach(properties: dict[str, Any]) -> dict[str, Any]:
    one = {"type": "object", "properties": properties, "additionalProperties": False}
    return wrapped("interfaceAttachment", one) | {"required": []}


ATTACH = _attach(_PROPERTIES)
ATTACH_2_49 = _attach(_PROPERTIES | {"tag": TAG})
