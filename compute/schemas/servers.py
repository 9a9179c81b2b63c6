"""Bodies about servers."""

import functools
from typing import Any

from compute.schemas.common import (
    BOOLEAN,
    IPV4,
    IPV6,
    METADATA,
    NAME,
    POSITIVE,
    TAG,
    UUID,
    wrapped,
)

Version = tuple[int, int]

NETWORK: dict[str, Any] = {
    "type": "object",
    "properties": {
        "uuid": {"type": "string"},
        "port": {"type": ["string", "null"], "format": "uuid"},
        "fixed_ip": {"type": "string", "pattern": r"^[0-9a-fA-F:.]{2,45}$"},
        "tag": TAG,
    },
    "additionalProperties": False,
}
_NETWORKS: dict[str, Any] = {
    "type": "array",
    "items": NETWORK | {"properties": NETWORK["properties"] | {"uuid": UUID}},
}
"""From 2.37 on a network's id has to look like one; before, an unknown one is refused as such."""
HOSTNAME: dict[str, Any] = {
    "type": "string",
    "minLength": 2,
    "maxLength": 63,
    "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$",
}
FQDN: dict[str, Any] = HOSTNAME | {
    "maxLength": 255,
    "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9.-]*[a-zA-Z0-9]+$",
}
_SERVERS: dict[str, Any] = {"anyOf": [UUID, {"type": "array", "items": UUID}]}
HINTS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "group": _SERVERS,
        "different_host": _SERVERS,
        "same_host": {"type": ["string", "array"], "format": "uuid", "items": UUID},
        "query": {"type": ["string", "object"]},
        "target_cell": NAME,
        "different_cell": {"type": ["string", "array"], "items": {"type": "string"}},
        "build_near_host_ip": {"anyOf": [IPV4, IPV6]},
        "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+$"},
    },
}
_TEXT: dict[str, Any] = {"type": "string", "maxLength": 255}
_DEVICE: dict[str, Any] = {
    "virtual_name": _TEXT,
    "volume_id": UUID,
    "snapshot_id": UUID,
    "volume_size": POSITIVE | {"maximum": 2147483647},
    "device_name": _TEXT | {"minLength": 1, "pattern": "^[a-zA-Z0-9._/-]*$"},
    "delete_on_termination": BOOLEAN,
    "no_device": {},
    "connection_info": {"type": "string", "maxLength": 16777215},
}
_DEVICE_V2: dict[str, Any] = _DEVICE | {
    "source_type": {"enum": ["volume", "image", "snapshot", "blank"]},
    "destination_type": {"enum": ["local", "volume"]},
    "uuid": _TEXT | {"minLength": 1, "pattern": "^[a-zA-Z0-9._-]*$"},
    "image_id": UUID,
    "guest_format": _TEXT,
    "device_type": _TEXT,
    "disk_bus": _TEXT,
    "boot_index": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"},
}


_VOLUME_TYPE: dict[str, Any] = {"volume_type": {"type": ["string", "null"], "maxLength": 255}}


def _devices(properties: dict[str, Any]) -> dict[str, Any]:
    one = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"type": "array", "items": one}


FILES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"path": {"type": "string"}, "contents": {"type": "string"}},
        "required": ["path", "contents"],
        "additionalProperties": False,
    },
}
NO_FILES: Version = (2, 57)
"""From here on files are not taken any more."""
_BASE: dict[str, Any] = {
    "personality": FILES,
    "name": NAME,
    "imageRef": {"anyOf": [UUID, {"const": ""}]},
    "flavorRef": {"type": ["string", "integer"], "minLength": 1},
    "adminPass": {"type": "string"},
    "metadata": METADATA,
    "networks": {"type": "array", "items": NETWORK},
    "OS-DCF:diskConfig": {"enum": ["AUTO", "MANUAL"]},
    "accessIPv4": IPV4,
    "accessIPv6": IPV6,
    "availability_zone": NAME,
    "block_device_mapping": _devices(_DEVICE),
    "block_device_mapping_v2": _devices(_DEVICE_V2),
    "config_drive": BOOLEAN,
    "key_name": NAME,
    "min_count": POSITIVE,
    "max_count": POSITIVE,
    "return_reservation_id": BOOLEAN,
    "security_groups": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"name": NAME},
            "additionalProperties": False,
        },
    },
    "user_data": {"type": "string", "maxLength": 65535},
    "os:scheduler_hints": HINTS,
    "OS-SCH-HNT:scheduler_hints": HINTS,
}
_ADDED: list[tuple[Version, dict[str, Any]]] = [
    ((2, 19), {"description": {"type": ["string", "null"], "maxLength": 255}}),
    ((2, 32), {"block_device_mapping_v2": _devices(_DEVICE_V2 | {"tag": TAG})}),
    ((2, 33), {"block_device_mapping_v2": _devices(_DEVICE_V2)}),
    ((2, 37), {"networks": {"oneOf": [_NETWORKS, {"enum": ["auto", "none"]}]}}),
    ((2, 42), {"block_device_mapping_v2": _devices(_DEVICE_V2 | {"tag": TAG})}),
    ((2, 52), {"tags": {"type": "array", "items": TAG, "maxItems": 50}}),
    (NO_FILES, {}),
    ((2, 63), {"trusted_image_certificates": {"type": ["array", "null"], "maxItems": 0}}),
    ((2, 67), {"block_device_mapping_v2": _devices(_DEVICE_V2 | {"tag": TAG, **_VOLUME_TYPE})}),
    ((2, 74), {"host": NAME, "hypervisor_hostname": NAME}),
    ((2, 90), {"hostname": HOSTNAME}),
    ((2, 94), {"hostname": FQDN}),
]
_MADE: dict[Version, dict[str, Any]] = {}


def create(version: Version) -> dict[str, Any]:
    """Return the schema of POST /servers at a microversion."""
    since = max([(2, 1)] + [one for one, _ in _ADDED if one <= version])
    if since not in _MADE:
        _MADE[since] = _create(since)
    return _MADE[since]


def _create(version: Version) -> dict[str, Any]:
    properties = dict(_BASE)
    for since, added in _ADDED:
        if since <= version:
            properties |= added
    if version >= NO_FILES:
        del properties["personality"]
    required = ["name", "flavorRef"]
    if version >= (2, 37):
        required.append("networks")
    schema = wrapped(
        "server",
        {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
    )
    schema["properties"] |= {"os:scheduler_hints": HINTS, "OS-SCH-HNT:scheduler_hints": HINTS}
    return schema


_UPDATE: dict[str, Any] = {
    key: _BASE[key] for key in ("name", "OS-DCF:diskConfig", "accessIPv4", "accessIPv6")
}
_UPDATES: dict[Version, dict[str, Any]] = {}


def update(version: Version) -> dict[str, Any]:
    """Return the schema of PUT /servers/{id} at a microversion."""
    since = max(one for one in ((2, 1), (2, 19), (2, 90), (2, 94), (2, 104)) if one <= version)
    if since not in _UPDATES:
        properties = dict(_UPDATE)
        for added, more in _ADDED:
            if added in ((2, 19), (2, 90), (2, 94)) and added <= since:
                properties |= more
        if since >= (2, 104):
            properties["pinned_availability_zone"] = {"anyOf": [NAME, {"type": "null"}]}
        _UPDATES[since] = wrapped(
            "server",
            {"type": "object", "properties": properties, "additionalProperties": False},
        )
    return _UPDATES[since]


_REBUILT = ("adminPass", "metadata", "OS-DCF:diskConfig", "accessIPv4", "accessIPv6")
_REBUILT_ADDED: list[tuple[Version, dict[str, Any]]] = [
    *((since, added) for since, added in _ADDED if since in ((2, 19), (2, 63), (2, 90), (2, 94))),
    ((2, 54), {"key_name": {"anyOf": [NAME, {"type": "null"}]}}),
    ((2, 57), {"user_data": _BASE["user_data"] | {"type": ["string", "null"]}}),
]


@functools.cache
def rebuild(version: Version) -> dict[str, Any]:
    """Return the schema of the action rebuild at a microversion."""
    properties: dict[str, Any] = {
        "name": NAME,
        "imageRef": UUID,
        "preserve_ephemeral": BOOLEAN,
        **{key: _BASE[key] for key in _REBUILT},
    }
    for since, added in sorted(_REBUILT_ADDED, key=lambda one: one[0]):
        if since <= version:
            properties |= added
    if version < NO_FILES:
        properties["personality"] = FILES
    return wrapped(
        "rebuild",
        {
            "type": "object",
            "properties": properties,
            "required": ["imageRef"],
            "additionalProperties": False,
        },
    )
