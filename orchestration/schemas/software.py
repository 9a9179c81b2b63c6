"""Bodies of software requests.  Source: Orchestration API v1, "Software configuration"."""

_TEXT = {"type": ["string", "null"]}
_NAME = {"type": ["string", "null"], "maxLength": 255}
_MAP = {"type": ["object", "null"]}
_LIST = {"type": ["array", "null"]}
CONFIG = {
    "type": "object",
    "properties": {
        "name": _NAME,
        "group": _NAME,
        "config": {"type": ["string", "object", "array", "null"]},
        "inputs": _LIST,
        "outputs": _LIST,
        "options": _MAP,
        "tenant": _TEXT,
    },
}
_DEPLOYMENT = {
    "config_id": {"type": "string", "maxLength": 36},
    "server_id": {"type": "string", "minLength": 1, "maxLength": 255},
    "action": _NAME,
    "status": {"type": ["string", "null"], "maxLength": 32},
    "status_reason": _TEXT,
    "input_values": _MAP,
    "output_values": _MAP,
    "stack_user_project_id": _TEXT,
    "tenant": _TEXT,
}
DEPLOY = {
    "type": "object",
    "properties": _DEPLOYMENT,
    "required": ["config_id", "server_id"],
}
CHANGE = {"type": "object", "properties": _DEPLOYMENT}
