"""What requests about networks may hold."""

from network.schemas.base import FLAG, ID, NAME, OWNER, TAGS, TEXT, body, nullable

_CHANGEABLE = {
    "name": NAME,
    "description": TEXT,
    "admin_state_up": FLAG,
    "shared": FLAG,
    "router:external": FLAG,
    "is_default": FLAG,
    "mtu": {"type": "integer", "minimum": 0, "maximum": 65535},
    "port_security_enabled": FLAG,
    "qos_policy_id": nullable(ID),
}
CREATE = body(
    {
        **_CHANGEABLE,
        **OWNER,
        "tags": TAGS,
        "availability_zone_hints": {"type": "array", "items": NAME, "maxItems": 10},
        "provider:network_type": {"enum": ["flat", "vlan", "geneve"]},
        "provider:physical_network": nullable(NAME),
        "provider:segmentation_id": nullable({"type": "integer"}),
    }
)
UPDATE = body(_CHANGEABLE)
