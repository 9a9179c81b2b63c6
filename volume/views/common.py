"""What all answers share."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode


def moment(value: dt.datetime | None) -> str | None:
    """Return `2026-01-31T12:00:00.000000`: UTC, without a zone, as Block Storage writes it."""
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%S.%f")


def links(base: str, project: str, path: str) -> list[dict[str, str]]:
    """Return the links of a resource.  base: the address.  project: `/<id>`, or empty."""
    return [
        {"rel": "self", "href": f"{base}/v3{project}/{path}"},
        {"rel": "bookmark", "href": f"{base}{project}/{path}"},
    ]


def following(
    base: str, path: str, params: Mapping[str, Any], ids: Sequence[str], limit: int
) -> list[dict[str, str]]:
    """Return the link to the page after a full one; nothing after one that is not full."""
    if not ids or len(ids) < limit:
        return []
    query = {key: value for key, value in params.items() if key not in ("marker", "offset")}
    href = f"{base}{path}?{urlencode(query | {'marker': ids[-1]}, doseq=True)}"
    return [{"rel": "next", "href": href}]
