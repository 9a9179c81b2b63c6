"""Image attributes: what a request may set, and the schema that the API shows of itself."""

from typing import Any

CONTAINER_FORMATS = ["ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed"]
DISK_FORMATS = [
    "ami",
    "ari",
    "aki",
    "vhd",
    "vhdx",
    "vmdk",
    "raw",
    "qcow2",
    "vdi",
    "iso",
    "ploop",
]
VISIBILITIES = ["community", "public", "private", "shared"]
_UUID = "^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$"

WRITABLE: dict[str, Any] = {
    "id": {
        "type": "string",
        "pattern": _UUID,
        "description": "An identifier for the image",
    },
    "name": {
        "type": ["null", "string"],
        "maxLength": 255,
        "description": "Descriptive name for the image",
    },
    "owner": {"type": ["null", "string"], "maxLength": 255, "description": "Owner of the image"},
    "visibility": {
        "type": "string",
        "enum": VISIBILITIES,
        "description": "Scope of image accessibility",
    },
    "protected": {
        "type": "boolean",
        "description": "If true, image will not be deletable.",
    },
    "os_hidden": {
        "type": "boolean",
        "description": "If true, image will not appear in default image list response.",
    },
    "container_format": {
        "type": ["null", "string"],
        "enum": [None, *CONTAINER_FORMATS],
        "description": "Format of the container",
    },
    "disk_format": {
        "type": ["null", "string"],
        "enum": [None, *DISK_FORMATS],
        "description": "Format of the disk",
    },
    "min_disk": {
        "type": "integer",
        "minimum": 0,
        "maximum": 2**31 - 1,
        "description": "Amount of disk space (in GB) required to boot image.",
    },
    "min_ram": {
        "type": "integer",
        "minimum": 0,
        "maximum": 2**31 - 1,
        "description": "Amount of ram (in MB) required to boot image.",
    },
    "tags": {
        "type": "array",
        "items": {"type": "string", "maxLength": 255, "minLength": 1},
        "description": "List of strings related to the image",
    },
}
_STATUSES = ["queued", "saving", "uploading", "importing", "active", "deactivated"]
READ_ONLY: dict[str, Any] = {
    "status": {"type": "string", "enum": _STATUSES, "description": "Status of the image"},
    "size": {"type": ["null", "integer"], "description": "Size of image file in bytes"},
    "virtual_size": {
        "type": ["null", "integer"],
        "description": "Virtual size of image in bytes",
    },
    "checksum": {
        "type": ["null", "string"],
        "maxLength": 32,
        "description": "md5 hash of image contents.",
    },
    "os_hash_algo": {
        "type": ["null", "string"],
        "maxLength": 64,
        "description": "Algorithm to calculate the os_hash_value",
    },
    "os_hash_value": {
        "type": ["null", "string"],
        "maxLength": 128,
        "description": "Hexdigest of the image contents using os_hash_algo",
    },
    "created_at": {"type": "string", "description": "Date and time of image registration"},
    "updated_at": {
        "type": "string",
        "description": "Date and time of the last image modification",
    },
    "self": {"type": "string", "description": "URL of the image"},
    "file": {"type": "string", "description": "URL of the image's data"},
    "schema": {"type": "string", "description": "URL of the image's schema"},
    "direct_url": {"type": "string", "description": "URL to access the image file, unused here"},
    "stores": {"type": "string", "description": "Store in which image data resides"},
}
LOCATION: dict[str, Any] = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "minLength": 1, "maxLength": 4096},
        "metadata": {"type": "object", "maxProperties": 128},
        "validation_data": {
            "type": "object",
            "properties": {
                "checksum": {"type": "string", "minLength": 32, "maxLength": 32},
                "os_hash_algo": {"type": "string", "maxLength": 64},
                "os_hash_value": {"type": "string", "minLength": 128, "maxLength": 128},
            },
            "required": ["os_hash_algo", "os_hash_value"],
            "additionalProperties": False,
        },
    },
    "required": ["url", "metadata"],
    "additionalProperties": False,
}
RESERVED = frozenset({"deleted", "deleted_at", "locations"})
PROPERTY = {"type": "string", "maxLength": 65535}

CREATE: dict[str, Any] = {
    "type": "object",
    "properties": WRITABLE,
    "additionalProperties": PROPERTY,
    "propertyNames": {"minLength": 1, "maxLength": 255},
}
IMAGE: dict[str, Any] = {
    "name": "image",
    "properties": {
        **WRITABLE,
        **{name: {**facts, "readOnly": True} for name, facts in READ_ONLY.items()},
    },
    "additionalProperties": {"type": "string"},
    "links": [
        {"rel": "self", "href": "{self}"},
        {"rel": "enclosure", "href": "{file}"},
        {"rel": "describedby", "href": "{schema}"},
    ],
}


def collection(name: str, item: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a page of things."""
    return {
        "name": name,
        "properties": {
            name: {"type": "array", "items": item},
            "first": {"type": "string"},
            "next": {"type": "string"},
            "schema": {"type": "string"},
        },
        "links": [
            {"rel": "first", "href": "{first}"},
            {"rel": "next", "href": "{next}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    }


IMAGES = collection("images", IMAGE)
