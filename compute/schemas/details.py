"""Bodies about metadata and tags."""

from typing import Any

from compute.schemas.common import METADATA, TAG, wrapped

ALL = wrapped("metadata", METADATA)
ONE = wrapped("meta", METADATA | {"minProperties": 1, "maxProperties": 1})
TAGS: dict[str, Any] = wrapped("tags", {"type": "array", "items": TAG, "maxItems": 50})
