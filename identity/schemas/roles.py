"""Bodies of roles."""

from identity.schemas.base import ID_OR_NULL, OPTIONS, TEXT, name, pair

CREATE, UPDATE = pair(
    "role",
    {"name": name(255), "description": TEXT, "domain_id": ID_OR_NULL, "options": OPTIONS},
    ["name"],
)
