"""Policy documents."""

from typing import Any

from identity.db.models import PolicyBlob
from identity.views.base import shown


def policy(row: PolicyBlob, url: str) -> dict[str, Any]:
    return shown(row, ("id", "type", "blob"), url)
