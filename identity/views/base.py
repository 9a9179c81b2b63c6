"""A row as the API shows it."""

from collections.abc import Sequence
from typing import Any

from identity.db.models import Model


def shown(row: Model, names: Sequence[str], url: str) -> dict[str, Any]:
    """Return the columns named, what else was stored with them, and the link to itself.

    url: the collection's, such as `http://host:5000/v3/users`.
    """
    columns = {name: getattr(row, name) for name in names}
    row_id = columns["id"]
    extra = getattr(row, "extra", None) or {}
    return {**extra, **columns, "links": {"self": f"{url}/{row_id}"}}
