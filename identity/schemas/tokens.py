"""The body of `POST /v3/auth/tokens`.

The inside of a method or scope is checked where it is used: what is wrong there is answered like
a wrong password, with 401.
"""

CREATE = {
    "type": "object",
    "required": ["auth"],
    "properties": {
        "auth": {
            "type": "object",
            "required": ["identity"],
            "properties": {
                "identity": {
                    "type": "object",
                    "required": ["methods"],
                    "properties": {
                        "methods": {
                            "type": "array",
                            "items": {"type": "string"},
                            "minItems": 1,
                            "maxItems": 8,
                        },
                        "password": {"type": "object"},
                        "token": {"type": "object", "required": ["id"]},
                        "oauth1": {"type": "object"},
                        "application_credential": {"type": "object", "required": ["secret"]},
                    },
                },
                "scope": {"type": ["object", "string", "null"]},
            },
        }
    },
}
