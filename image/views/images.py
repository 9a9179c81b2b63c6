"""Images as the API shows them."""

import dataclasses
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.clock import iso
from image.db import copies
from image.db.models import Image

WEB = "http"  # what is called a store, and are addresses outside all of them
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


@dataclasses.dataclass(frozen=True)
class Look:
    """How images are shown.

    sort: puts ids of stores into their order.  locations: whether it is shown where data is.
    """

    sort: Callable[[list[str]], list[str]] = sorted
    locations: bool = False


def shown(image: Image, look: Look) -> dict[str, Any]:
    """Return one image: its own attributes, and flat beside them those it was given."""
    document: dict[str, Any] = {one.name: one.value for one in image.properties}
    document |= {name: getattr(image, name) for name in PLAIN}
    document |= _stores(image, look)
    if look.locations:
        found = copies.locations(image)
        document["locations"] = [{"url": url, "metadata": facts} for url, facts in found]
    return document | {
        "tags": [tag.value for tag in image.tags],
        "created_at": iso(image.created_at),
        "updated_at": iso(image.updated_at),
        "self": f"/v2/images/{image.id}",
        "file": f"/v2/images/{image.id}/file",
        "schema": "/v2/schemas/image",
    }


def _stores(image: Image, look: Look) -> dict[str, str]:
    """Return where an image's data is, and once there were several stores, how that goes on."""
    by_status: dict[str, list[str]] = {"ready": [], "copying": [], "failed": []}
    for copy in image.copies:
        by_status[copy.status].append(copy.store)
    found: dict[str, str] = {}
    if image.status in ("active", "deactivated"):
        elsewhere = [WEB] if image.locations else []
        found["stores"] = ",".join(look.sort(by_status["ready"]) + elsewhere)
    if len(image.copies) != len(by_status["ready"]) or len(image.copies) > 1:
        found["os_glance_importing_to_stores"] = ",".join(by_status["copying"])
        found["os_glance_failed_import"] = ",".join(by_status["failed"])
    return found


def listed(
    images: Sequence[Image], query: Mapping[str, Any], limit: int, look: Look
) -> dict[str, Any]:
    """Return one page.  query: the parameters of the request, for the links to its siblings."""
    rest = {name: value for name, value in query.items() if name != "marker"}
    document: dict[str, Any] = {
        "images": [shown(image, look) for image in images],
        "first": _link(rest),
        "schema": "/v2/schemas/images",
    }
    if images and len(images) == limit:
        document["next"] = _link({**rest, "marker": images[-1].id})
    return document


def _link(query: Mapping[str, Any]) -> str:
    encoded = urllib.parse.urlencode(query, doseq=True)
    return f"/v2/images?{encoded}" if encoded else "/v2/images"
