"""What requests about port forwardings may hold."""

from network.schemas.base import ADDRESS, ID, TEXT, body, nullable

_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
_CHANGEABLE = {
    "protocol": {"enum": ["tcp", "udp"]},
    "external_port": _PORT,
    "internal_port": _PORT,
    "internal_port_id": ID,
    "internal_ip_address": nullable(ADDRESS),
    "description": TEXT,
}
CREATE = body(_CHANGEABLE, ("protocol", "external_port", "internal_port", "internal_port_id"))
UPDATE = body(_CHANGEABLE)
