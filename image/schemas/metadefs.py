"""Metadata definitions: what requests may say, and the schemas that the API shows of itself."""

from typing import Any

from image.schemas.images import collection

Schema = dict[str, Any]
TYPES = ["array", "boolean", "integer", "number", "object", "string", "null"]
VISIBILITIES = ["public", "private"]
_NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 80}
_TEXT: Schema = {"type": "string", "maxLength": 65535}
_TEXTS: Schema = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {"type": "string", "format": "date-time", "readOnly": True}
_URL: Schema = {"type": "string", "readOnly": True}
_SHOWN: Schema = {"created_at": _MOMENT, "updated_at": _MOMENT, "self": _URL, "schema": _URL}

_FACETS: Schema = {
    "title": {"type": "string"},
    "description": {"type": "string"},
    "type": {"type": "string", "enum": TYPES},
    "operators": {"type": "array", "items": {"type": "string"}},
    "minimum": {"type": "number"},
    "maximum": {"type": "number"},
    "minLength": _COUNT,
    "maxLength": _COUNT,
    "minItems": _COUNT,
    "maxItems": _COUNT,
    "pattern": {"type": "string", "format": "regex"},
    "enum": {"type": "array"},
    "items": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": TYPES},
            "enum": {"type": "array"},
        },
    },
    "uniqueItems": {"type": "boolean"},
    "additionalItems": {"type": "boolean"},
    "default": {},
    "readonly": {"type": "boolean"},
}
_FACETS_OF_ONE: Schema = {
    "type": "object",
    "properties": _FACETS,
    "required": ["title", "type"],
    "additionalProperties": False,
}


def _closed(properties: Schema, required: list[str]) -> Schema:
    """Return the schema of a body; what the API itself shows may be sent back and is ignored."""
    return {
        "type": "object",
        "properties": {**_SHOWN, **properties},
        "required": required,
        "additionalProperties": False,
    }


TAG = _closed({"name": _NAME}, ["name"])
TAGS = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": TAG, "maxItems": 1000}},
    "required": ["tags"],
}
PROPERTY = _closed({"name": _NAME, **_FACETS}, ["name", "title", "type"])
OBJECT = _closed(
    {
        "name": _NAME,
        "description": _TEXT,
        "required": _TEXTS,
        "properties": {"type": "object", "additionalProperties": _FACETS_OF_ONE},
    },
    ["name"],
)
ASSOCIATION = _closed(
    {
        "name": _NAME,
        "prefix": {"type": "string", "maxLength": 80},
        "properties_target": {"type": "string", "maxLength": 80},
    },
    ["name"],
)
_NAMESPACE: Schema = {
    "namespace": _NAME,
    "display_name": {"type": "string", "maxLength": 80},
    "description": _TEXT,
    "visibility": {"type": "string", "enum": VISIBILITIES},
    "protected": {"type": "boolean"},
    "owner": {"type": "string", "maxLength": 255},
}
CREATE_NAMESPACE = _closed(
    {
        **_NAMESPACE,
        "resource_type_associations": {"type": "array", "items": ASSOCIATION},
        "properties": {"type": "object", "additionalProperties": _FACETS_OF_ONE},
        "objects": {"type": "array", "items": OBJECT},
        "tags": {"type": "array", "items": TAG},
    },
    ["namespace"],
)
UPDATE_NAMESPACE = _closed(
    {**_NAMESPACE, "resource_type_associations": {"type": "array"}}, ["namespace"]
)


def _item(name: str, body: Schema) -> Schema:
    return {
        "name": name,
        **body,
        "links": [
            {"rel": "self", "href": "{self}"},
            {"rel": "describedby", "href": "{schema}"},
        ],
    }


NAMESPACE_SHOWN = _item("namespace", CREATE_NAMESPACE)
ASSOCIATION_SHOWN = _item("resource_type_association", ASSOCIATION)
OBJECT_SHOWN = _item("object", OBJECT)
PROPERTY_SHOWN = _item("property", PROPERTY)
TAG_SHOWN = _item("tag", TAG)
SHOWN = {
    "metadefs/namespace": NAMESPACE_SHOWN,
    "metadefs/namespaces": collection("namespaces", NAMESPACE_SHOWN),
    "metadefs/resource_type": ASSOCIATION_SHOWN,
    "metadefs/resource_types": collection("resource_type_associations", ASSOCIATION_SHOWN),
    "metadefs/object": OBJECT_SHOWN,
    "metadefs/objects": collection("objects", OBJECT_SHOWN),
    "metadefs/property": PROPERTY_SHOWN,
    "metadefs/properties": {
        **collection("properties", PROPERTY_SHOWN),
        "properties": {
            "properties": {"type": "object", "additionalProperties": _FACETS_OF_ONE},
        },
    },
    "metadefs/tag": TAG_SHOWN,
    "metadefs/tags": collection("tags", TAG_SHOWN),
}
