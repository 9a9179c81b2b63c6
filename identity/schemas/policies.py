"""Bodies of policy documents."""

from identity.schemas.base import name, pair

CREATE, UPDATE = pair(
    "policy", {"type": name(255), "blob": {"type": "string", "maxLength": 65535}}, ["type", "blob"]
)
