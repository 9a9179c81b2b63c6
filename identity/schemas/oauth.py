"""Bodies of OAuth1 consumers and of what users allow them."""

from identity.schemas.base import ID, TEXT, name, pair

CREATE_CONSUMER, UPDATE_CONSUMER = pair("consumer", {"description": TEXT}, [])
AUTHORIZE = {
    "type": "object",
    "required": ["roles"],
    "properties": {
        "roles": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "properties": {"id": ID, "name": name(255)},
                "anyOf": [{"required": ["id"]}, {"required": ["name"]}],
            },
        }
    },
}
