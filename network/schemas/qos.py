"""What requests about QoS policies and rules may hold."""

from network.schemas.base import FLAG, NAME, OWNER, TAGS, TEXT, body

_CHANGEABLE = {"name": NAME, "description": TEXT, "shared": FLAG, "is_default": FLAG}
CREATE = body({**_CHANGEABLE, **OWNER, "tags": TAGS}, ("name",))
UPDATE = body(_CHANGEABLE)
_RATE = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
_DIRECTION = {"enum": ["ingress", "egress"]}
# Source: RFC 2474 and 2597; the values that the published API takes.
MARKS = [0, *range(8, 42, 2), 46, 48, 56]
_LIMIT = {"max_kbps": _RATE, "max_burst_kbps": _RATE, "direction": _DIRECTION}
_MARK = {"dscp_mark": {"enum": MARKS}}
_MINIMUM = {"min_kbps": _RATE, "direction": {"enum": ["egress"]}}
CREATE_LIMIT, UPDATE_LIMIT = body(_LIMIT, ("max_kbps",)), body(_LIMIT)
CREATE_MARK, UPDATE_MARK = body(_MARK, ("dscp_mark",)), body(_MARK)
CREATE_MINIMUM, UPDATE_MINIMUM = body(_MINIMUM, ("min_kbps",)), body(_MINIMUM)
