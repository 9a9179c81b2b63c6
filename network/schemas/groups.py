"""What requests about security groups and their rules may hold."""

from network.schemas.base import FLAG, ID, NAME, OWNER, TAGS, TEXT, body, nullable

_CHANGEABLE = {"name": NAME, "description": TEXT, "stateful": FLAG}
_NUMBER = nullable({"type": "integer"})
_PROTOCOL = {"anyOf": [{"type": "string", "maxLength": 40}, {"type": "integer"}, {"type": "null"}]}
CREATE = body({**_CHANGEABLE, **OWNER, "tags": TAGS})
UPDATE = body(_CHANGEABLE)
CREATE_RULE = body(
    {
        **OWNER,
        "security_group_id": ID,
        "direction": {"enum": ["ingress", "egress"]},
        "ethertype": nullable(NAME),
        "protocol": _PROTOCOL,
        "port_range_min": _NUMBER,
        "port_range_max": _NUMBER,
        "remote_ip_prefix": nullable(NAME),
        "remote_group_id": nullable(ID),
        "remote_address_group_id": nullable(ID),
        "description": nullable(TEXT),
    },
    ("security_group_id", "direction"),
)
