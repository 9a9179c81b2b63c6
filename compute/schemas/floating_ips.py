"""Bodies about floating addresses."""

from typing import Any

_ADDRESS: dict[str, Any] = {"type": "string", "pattern": r"^[0-9a-fA-F:.]{2,45}$"}
CREATE: dict[str, Any] = {
    "type": ["object", "null"],
    "properties": {"pool": {"type": ["string", "null"]}},
}
