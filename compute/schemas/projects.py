"""Bodies about quotas and server groups."""

from typing import Any

from compute.schemas.common import BOOLEAN, NAME, wrapped

Version = tuple[int, int]
_LIMIT: dict[str, Any] = {
    "type": ["integer", "string"],
    "pattern": "^-?[0-9]+$",
    "minimum": -1,
    "maximum": 2147483647,
}
ALWAYS = (
    *("instances", "cores", "ram", "metadata_items", "key_pairs"),
    *("server_groups", "server_group_members"),
)
NETWORK = ("fixed_ips", "floating_ips", "security_groups", "security_group_rules")
FILES = ("injected_files", "injected_file_content_bytes", "injected_file_path_bytes")
QUOTAS = wrapped(
    "quota_set",
    {
        "type": "object",
        "properties": {
            **dict.fromkeys((*ALWAYS, *NETWORK, *FILES), _LIMIT),
            "tenant_id": {"type": "string"},
            "force": BOOLEAN,
        },
        "additionalProperties": False,
    },
)
QUOTA_CLASS = wrapped(
    "quota_class_set",
    {
        "type": "object",
        "properties": dict.fromkeys((*ALWAYS, *NETWORK, *FILES), _LIMIT),
        "additionalProperties": False,
    },
)


def _group(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return wrapped(
        "server_group",
        {
            "type": "object",
            "properties": {"name": NAME, **properties},
            "required": ["name", *required],
            "additionalProperties": False,
        },
    )


_OLD = ["affinity", "anti-affinity"]
_RULES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "max_server_per_host": {
            "type": ["integer", "string"],
            "pattern": "^[0-9]+$",
            "minimum": 1,
        }
    },
    "additionalProperties": False,
}
GROUP = _group(
    {"policies": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"enum": _OLD}}},
    ["policies"],
)
GROUP_2_15 = _group(
    {
        "policies": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {"enum": [*_OLD, "soft-affinity", "soft-anti-affinity"]},
        }
    },
    ["policies"],
)
GROUP_2_64 = _group(
    {"policy": {"enum": [*_OLD, "soft-affinity", "soft-anti-affinity"]}, "rules": _RULES},
    ["policy"],
)


def group(version: Version) -> dict[str, Any]:
    """Return the schema of POST /os-server-groups at a microversion."""
    if version >= (2, 64):
        return GROUP_2_64
    return GROUP_2_15 if version >= (2, 15) else GROUP
