"""Bodies about migrations."""

from typing import Any

from compute.schemas.common import wrapped

FORCE_COMPLETE: dict[str, Any] = wrapped("force_complete", {"type": "null"})
