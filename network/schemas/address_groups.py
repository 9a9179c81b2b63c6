"""What requests about address groups may hold."""

from network.schemas.base import NAME, OWNER, TEXT, body

_ADDRESSES = {"type": "array", "items": {"type": "string", "maxLength": 64}, "maxItems": 1000}
_CHANGEABLE = {"name": NAME, "description": TEXT}
CREATE = body({**_CHANGEABLE, **OWNER, "addresses": _ADDRESSES})
UPDATE = body(_CHANGEABLE)
ADDRESSES = body({"addresses": _ADDRESSES}, ("addresses",))
