"""Images as the API shows them."""

import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

from common.clock import iso
from image.db.models import Image

STORE = "file"
PLAIN = [
    "id",
    "name",
    "owner",
    "status",
    "visibility",
    "protected",
    "os_hidden",
    "disk_format",
    "container_format",
    "min_disk",
    "min_ram",
    "size",
    "virtual_size",
    "checksum",
    "os_hash_algo",
    "os_hash_value",
]


def shown(image: Image) -> dict[str, Any]:
    """Return one image: its own attributes, and flat beside them those it was given."""
    document: dict[str, Any] = {one.name: one.value for one in image.properties}
    document |= {name: getattr(image, name) for name in PLAIN}
    if image.status in ("active", "deactivated"):
        document["stores"] = STORE
    return document | {
        "tags": [tag.value for tag in image.tags],
        "created_at": iso(image.created_at),
        "updated_at": iso(image.updated_at),
        "self": f"/v2/images/{image.id}",
        "file": f"/v2/images/{image.id}/file",
        "schema": "/v2/schemas/image",
    }


def listed(images: Sequence[Image], query: Mapping[str, Any], limit: int) -> dict[str, Any]:
    """Return one page.  query: the parameters of the request, for the links to its siblings."""
    rest = {name: value for name, value in query.items() if name != "marker"}
    document: dict[str, Any] = {
        "images": [shown(image) for image in images],
        "first": _link(rest),
        "schema": "/v2/schemas/images",
    }
    if images and len(images) == limit:
        document["next"] = _link({**rest, "marker": images[-1].id})
    return document


def _link(query: Mapping[str, Any]) -> str:
    encoded = urllib.parse.urlencode(query, doseq=True)
    return f"/v2/images?{encoded}" if encoded else "/v2/images"
