"""What requests about address scopes and subnet pools may hold."""

from network.schemas.base import FLAG, NAME, OWNER, TAGS, TEXT, UUID, body, nullable

_PREFIXES = {
    "type": "array",
    "items": {"type": "string", "minLength": 2, "maxLength": 64},
    "minItems": 1,
    "maxItems": 100,
}
_LENGTH = nullable({"type": "integer", "minimum": 0, "maximum": 128})
CREATE_SCOPE = body(
    {**OWNER, "name": NAME, "shared": FLAG, "ip_version": {"enum": [4, 6]}}, ("ip_version",)
)
UPDATE_SCOPE = body({"name": NAME, "shared": FLAG})
_CHANGEABLE = {
    "name": NAME,
    "description": TEXT,
    "prefixes": _PREFIXES,
    "min_prefixlen": _LENGTH,
    "max_prefixlen": _LENGTH,
    "default_prefixlen": _LENGTH,
    "default_quota": nullable({"type": "integer", "minimum": 0, "maximum": 2**31 - 1}),
    "address_scope_id": nullable(UUID),
    "is_default": FLAG,
}
CREATE_POOL = body({**_CHANGEABLE, **OWNER, "tags": TAGS, "shared": FLAG}, ("prefixes",))
UPDATE_POOL = body(_CHANGEABLE)
PREFIXES = {
    "type": "object",
    "properties": {"prefixes": _PREFIXES},
    "required": ["prefixes"],
    "additionalProperties": False,
}
