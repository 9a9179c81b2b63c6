"""What a new volume is made from, looked up and judged before its row is written."""

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common import archive
from common import errors as roots
from common.context import RequestContext
from volume import errors, states
from volume.clients import ImageService
from volume.db import snapshots, volumes
from volume.db.models import Snapshot, Volume

GIB = 1024**3
COPYABLE = frozenset({states.AVAILABLE})


class ImageNotFound(roots.NotFound):
    message = "Image {image_id} could not be found."


class ImageUnusable(roots.BadRequest):
    message = "Invalid image {image_id}: {reason}"


@dataclasses.dataclass(frozen=True)
class Source:
    """What a volume is made from.

    order: for the worker; see contract.CreateVolume.  image: the metadata it inherits.
    least_gib: the smallest size.  host: where the source is, None for an image or nothing.
    """

    order: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    image: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    least_gib: int = 1
    host: str | None = None
    snapshot: Snapshot | None = None
    volume: Volume | None = None
    bootable: bool = False
    own_size: bool = False
    """Whether a volume that names no size is as large as its source."""
    stands_for: str = ""
    """The snapshot that an image without bytes stands for."""


def of_image(images: ImageService, ctx: RequestContext, image_id: str) -> Source:
    """Return an image as a source.  Raises ImageNotFound, ImageUnusable, ServiceFailed."""
    try:
        image = images.get(ctx, image_id)
    except roots.NotFound as error:
        raise ImageNotFound(image_id=image_id) from error
    if image["status"] != "active":
        raise ImageUnusable(image_id=image_id, reason=f"its status is {image['status']}")
    size = int(image.get("size") or 0)
    if not size and image.get("block_device_mapping"):
        return Source(stands_for=_boot_snapshot(image))
    root = archive.is_named(image)
    virtual = 0 if root else int(image.get("virtual_size") or 0)
    least = max(1, math.ceil(max(size, virtual) / GIB), int(image.get("min_disk") or 0))
    return Source(
        order={
            "kind": "image",
            "id": image["id"],
            "disk_format": image.get("disk_format") or "raw",
            "checksum": image.get("os_hash_value") or "",
            "hash_algo": image.get("os_hash_algo") or "",
            "size": size,
            "root": root,
        },
        image=metadata(image),
        least_gib=least,
        bootable=True,
    )


def _boot_snapshot(image: Mapping[str, Any]) -> str:
    """Return the snapshot that a server of an image boots from.  Raises ImageUnusable.

    Source: Block Storage API, microversion 3.46.
    """
    try:
        mapping = json.loads(image["block_device_mapping"])
        found = [one["snapshot_id"] for one in mapping if one.get("boot_index") == 0]
        return str(found[0])
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        reason = "it has no bytes, and its block_device_mapping names no snapshot to boot from"
        raise ImageUnusable(image_id=image["id"], reason=reason) from error


KEPT = ("checksum", "container_format", "disk_format", "min_disk", "min_ram", "size")
NOT_KEPT = frozenset(
    {
        *("id", "name", "status", "visibility", "protected", "owner", "tags", "file", "self"),
        *("schema", "created_at", "updated_at", "locations", "direct_url", "os_hidden"),
        *("os_hash_algo", "os_hash_value", "virtual_size", "stores", *KEPT),
    }
)


def metadata(image: Mapping[str, Any]) -> dict[str, str]:
    """Return what a volume remembers of its image, every value as text."""
    found = {"image_id": image["id"], "image_name": image.get("name") or ""}
    found |= {key: image[key] for key in KEPT if image.get(key) is not None}
    found |= {
        key: value
        for key, value in image.items()
        if key not in NOT_KEPT and isinstance(value, (str, int, bool))
    }
    return {key: str(value) for key, value in found.items()}


def of_snapshot(session: orm.Session, ctx: RequestContext, snapshot_id: str) -> Source:
    """Return a snapshot as a source.  Raises SnapshotNotFound, InvalidSnapshot."""
    snapshot = snapshots.get(session, ctx, snapshot_id)
    if snapshot.status != states.AVAILABLE:
        raise errors.InvalidSnapshot(
            reason=f"Originating snapshot status must be one of {states.AVAILABLE!r} values, "
            f"not {snapshot.status!r}"
        )
    volume = session.get_one(Volume, snapshot.volume_id)
    return Source(
        order={"kind": "snapshot", "id": snapshot.id},
        image=volume.image,
        least_gib=snapshot.size_gib,
        host=volume.host,
        snapshot=snapshot,
        volume=volume,
        bootable=volume.bootable,
        own_size=True,
    )


def of_volume(session: orm.Session, ctx: RequestContext, volume_id: str) -> Source:
    """Return a volume as a source.  Raises VolumeNotFound, InvalidVolume."""
    volume = volumes.get(session, ctx, volume_id)
    if volume.status not in COPYABLE:
        raise errors.InvalidVolume(
            reason=f"Source volume {volume_id} has status {volume.status} and cannot be copied "
            "now; with status available it could, and a snapshot of it can be copied at any time."
        )
    return Source(
        order={"kind": "volume", "id": volume.id},
        image=volume.image,
        least_gib=volume.size_gib,
        host=volume.host,
        volume=volume,
        bootable=volume.bootable,
        own_size=True,
    )
