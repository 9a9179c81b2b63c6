"""Bodies about security groups and their rules."""

from typing import Any

from compute.schemas.common import wrapped

_PORT: dict[str, Any] = {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"}
GROUP = wrapped(
    "security_group",
    {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"\S"},
            "description": {"type": ["string", "null"], "maxLength": 255},
        },
        "required": ["name"],
    },
)
RULE = wrapped(
    "security_group_rule",
    {
        "type": "object",
        "properties": {
            "parent_group_id": {"type": "string", "format": "uuid"},
            "ip_protocol": {
                "enum": [None, *(w for p in ("tcp", "udp", "icmp") for w in (p, p.upper()))]
            },
            "from_port": _PORT,
            "to_port": _PORT,
            "cidr": {"type": ["string", "null"]},
            "group_id": {"type": ["string", "null"]},
        },
        "required": ["parent_group_id"],
    },
)
