"""What requests about trunks may hold."""

from network.schemas.base import FLAG, ID, NAME, OWNER, TAGS, TEXT, body, nullable

_CHANGEABLE = {"name": NAME, "description": TEXT, "admin_state_up": FLAG}
_SUB_PORT = body(
    {
        "port_id": ID,
        "segmentation_type": {"enum": ["vlan", "inherit"]},
        "segmentation_id": {"type": "integer", "minimum": 1, "maximum": 4094},
    },
    ("port_id",),
)
_SUB_PORTS = {"type": "array", "items": _SUB_PORT, "maxItems": 500}
CREATE = body(
    {**_CHANGEABLE, **OWNER, "tags": TAGS, "port_id": ID, "sub_ports": nullable(_SUB_PORTS)},
    ("port_id",),
)
UPDATE = body(_CHANGEABLE)
SUB_PORTS = body({"sub_ports": _SUB_PORTS}, ("sub_ports",))
