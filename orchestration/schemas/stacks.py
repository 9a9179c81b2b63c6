"""Bodies of stack requests.  Source: Orchestration API v1, "Stacks"."""

_OBJECT_OR_TEXT = {"type": ["object", "string", "null"]}
_COMMON = {
    "template": _OBJECT_OR_TEXT,
    "template_url": {"type": ["string", "null"]},
    "environment": _OBJECT_OR_TEXT,
    "environment_files": {"type": ["array", "null"]},
    "files": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
    "files_container": {"type": ["string", "null"]},
    "parameters": {"type": ["object", "null"]},
    "param_defaults": {"type": ["object", "null"]},
    "clear_parameters": {"type": ["array", "null"], "items": {"type": "string"}},
    "timeout_mins": {"type": ["integer", "null"], "minimum": 1, "maximum": 1440},
    "disable_rollback": {"type": "boolean"},
    "tags": {"type": ["string", "null"], "maxLength": 1000},
    "converge": {"type": "boolean"},
    "show_nested": {"type": "boolean"},
}
CREATE = {
    "type": "object",
    "properties": {
        **_COMMON,
        "adopt_stack_data": _OBJECT_OR_TEXT,
        "stack_name": {"type": "string", "pattern": "^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$"},
    },
    "required": ["stack_name"],
}
UPDATE = {"type": "object", "properties": {**_COMMON, "stack_name": {"type": "string"}}}
VALIDATE = {"type": "object", "properties": _COMMON}
ACTION = {"type": "object", "minProperties": 1, "maxProperties": 1}
SNAPSHOT = {
    "type": "object",
    "properties": {"name": {"type": ["string", "null"], "maxLength": 255}},
}
MARK = {
    "type": "object",
    "properties": {
        "mark_unhealthy": {"type": "boolean"},
        "resource_status_reason": {"type": ["string", "null"], "maxLength": 4096},
    },
    "required": ["mark_unhealthy"],
    "additionalProperties": False,
}
SIGNAL: dict[str, object] = {}
