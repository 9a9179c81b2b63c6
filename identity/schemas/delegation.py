"""Bodies of trusts, application credentials and credentials."""

from identity.schemas.base import BOOLEAN, ID, ID_OR_NULL, MOMENT, TEXT, name, pair

ROLES = {
    "type": "array",
    "maxItems": 100,
    "items": {
        "type": "object",
        "properties": {"id": ID, "name": {"type": "string"}},
        "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
    },
}
COUNT = {"type": ["integer", "null"], "minimum": 1, "maximum": 2**31 - 1}
CREATE_TRUST, _ = pair(
    "trust",
    {
        "trustor_user_id": ID,
        "trustee_user_id": ID,
        "project_id": ID_OR_NULL,
        "impersonation": BOOLEAN,
        "expires_at": MOMENT,
        "remaining_uses": COUNT,
        "allow_redelegation": BOOLEAN,
        "redelegation_count": {"type": ["integer", "null"], "minimum": 0, "maximum": 100},
        "roles": ROLES,
    },
    ["trustor_user_id", "trustee_user_id", "impersonation"],
)
ACCESS_RULES = {
    "type": "array",
    "maxItems": 16,
    "items": {
        "type": "object",
        "properties": {
            "id": ID,
            "path": {"type": "string", "maxLength": 128, "pattern": "^/"},
            "method": {"enum": ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]},
            "service": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^\S+$"},
        },
        "additionalProperties": False,
        "anyOf": [{"required": ["id"]}, {"required": ["path", "method", "service"]}],
    },
}
CREATE_APPLICATION_CREDENTIAL, _ = pair(
    "application_credential",
    {
        "name": name(255),
        "description": TEXT,
        "secret": {"type": ["string", "null"], "maxLength": 4096},
        "expires_at": MOMENT,
        "roles": ROLES,
        "unrestricted": {"type": ["boolean", "null"]},
        "access_rules": ACCESS_RULES,
    },
    ["name"],
)
CREATE_CREDENTIAL, UPDATE_CREDENTIAL = pair(
    "credential",
    {
        "user_id": ID,
        "project_id": ID_OR_NULL,
        "type": {"type": "string", "minLength": 1, "maxLength": 255},
        "blob": {"type": "string", "maxLength": 65536},
    },
    ["user_id", "type", "blob"],
)
CREATE_EC2_KEY = {"type": "object", "required": ["tenant_id"], "properties": {"tenant_id": ID}}
