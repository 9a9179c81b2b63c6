"""What requests about grants may hold."""

from network.schemas.base import ID, NAME, OWNER, body, nullable

OBJECT_TYPES = [
    "network",
    "address_scope",
    "subnetpool",
    "qos_policy",
    "security_group",
    "address_group",
]
CREATE = body(
    {
        **OWNER,
        "object_type": {"enum": OBJECT_TYPES},
        "object_id": ID,
        "action": NAME,
        "target_tenant": nullable(ID),
        "target_project": nullable(ID),
    },
    ("object_type", "object_id", "action"),
)
UPDATE = body({"target_tenant": ID, "target_project": ID})
