"""Images of the image service as the Compute API shows them."""

from collections.abc import Mapping
from typing import Any

from compute.schemas.common import truth

OWN = frozenset(
    {
        *("id", "name", "status", "visibility", "owner", "size", "virtual_size", "checksum"),
        *("disk_format", "container_format", "min_disk", "min_ram", "protected", "tags"),
        *("created_at", "updated_at", "os_hidden", "os_hash_algo", "os_hash_value", "file"),
        *("schema", "self", "locations", "direct_url", "stores"),
    }
)
"""What is not a property of an image, but said of every image."""
STATUS = {
    "active": "ACTIVE",
    "queued": "SAVING",
    "saving": "SAVING",
    "uploading": "SAVING",
    "importing": "SAVING",
    "deleted": "DELETED",
    "pending_delete": "DELETED",
    "killed": "ERROR",
}
PROGRESS = {"queued": 25, "saving": 50, "active": 100}


def brief(base: str, image_base: str, image: Mapping[str, Any]) -> dict[str, Any]:
    """Return an image's entry in the short list."""
    at = f"images/{image['id']}"
    return {
        "id": image["id"],
        "name": image.get("name"),
        "links": [
            {"rel": "self", "href": f"{base}/v2.1/{at}"},
            {"rel": "bookmark", "href": f"{base}/{at}"},
            {
                "rel": "alternate",
                "type": "application/vnd.openstack.image",
                "href": f"{image_base}/{at}",
            },
        ],
    }


def detail(base: str, image_base: str, image: Mapping[str, Any]) -> dict[str, Any]:
    """Return all of an image."""
    properties = properties_of(image)
    found = brief(base, image_base, image) | {
        "minRam": image.get("min_ram") or 0,
        "minDisk": image.get("min_disk") or 0,
        "metadata": properties,
        "created": image.get("created_at"),
        "updated": image.get("updated_at"),
        "status": STATUS.get(image["status"], "UNKNOWN"),
        "progress": PROGRESS.get(image["status"], 0),
        "OS-EXT-IMG-SIZE:size": image.get("size") or 0,
    }
    server_id = properties.get("instance_uuid")
    if server_id:
        links = {"self": f"{base}/v2.1/servers", "bookmark": f"{base}/servers"}
        found["server"] = {
            "id": server_id,
            "links": [{"rel": rel, "href": f"{at}/{server_id}"} for rel, at in links.items()],
        }
    if "auto_disk_config" in properties:
        automatic = truth(properties["auto_disk_config"])
        found["OS-DCF:diskConfig"] = "AUTO" if automatic else "MANUAL"
    return found


def properties_of(image: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody noted about an image, beside what is said of every image."""
    return {key: value for key, value in image.items() if key not in OWN}
