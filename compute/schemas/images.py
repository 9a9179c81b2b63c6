"""Bodies about the properties of images."""

from typing import Any

from compute.schemas.common import METADATA, wrapped

ALL: dict[str, Any] = wrapped("metadata", METADATA)
ONE: dict[str, Any] = wrapped("meta", METADATA | {"minProperties": 1, "maxProperties": 1})
