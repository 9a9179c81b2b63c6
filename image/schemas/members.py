"""Memberships: what a request may say, and the schema that the API shows of itself."""

from typing import Any

from image.schemas.images import collection

STATUSES = ["pending", "accepted", "rejected"]
CREATE: dict[str, Any] = {
    "type": "object",
    "properties": {"member": {"type": "string", "minLength": 1, "maxLength": 255}},
    "required": ["member"],
}
UPDATE: dict[str, Any] = {
    "type": "object",
    "properties": {"status": {"type": "string", "enum": STATUSES}},
    "required": ["status"],
}
MEMBER: dict[str, Any] = {
    "name": "member",
    "properties": {
        "member_id": {"type": "string", "description": "An identifier for the image member"},
        "image_id": {"type": "string", "description": "An identifier for the image"},
        "status": {
            "type": "string",
            "enum": STATUSES,
            "description": "The status of this image member",
        },
        "created_at": {"type": "string", "description": "Date and time of image member creation"},
        "updated_at": {"type": "string", "description": "Date and time of its last modification"},
        "schema": {"readOnly": True, "type": "string"},
    },
}
MEMBERS = collection("members", MEMBER)
