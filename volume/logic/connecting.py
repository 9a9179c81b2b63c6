"""What a host is told of how it reaches a volume, by the driver that keeps it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common import archive
from volume import errors, states
from volume.db import services, types
from volume.db.models import Attachment, Volume


def mode_of(volume: Volume, asked: str | None) -> str:
    """Return how a volume is to be used.  Raises InvalidVolume for writing a read-only one."""
    readonly = volume.admin_details.get("readonly") == "True"
    if readonly and asked == "rw":
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is read-only and cannot be attached with mode rw; "
            "mode ro would work."
        )
    return "ro" if readonly else asked or "rw"


def connection(session: orm.Session, volume: Volume, attachment: Attachment) -> dict[str, Any]:
    """Return all that a host is told, as one flat dict.

    driver_volume_type: `file`, `rbd`, or `fake` for what no guest can use.
    root_fs: whether it holds a container's root file system, which a host mounts.
    size: GiB; of one that is being made larger, what it is to have.
    """
    worker = services.worker(session, str(volume.host))
    figures = worker.figures if worker else {}
    extending = volume.verb == states.EXTEND.name
    return {
        "volume_id": volume.id,
        "attachment_id": attachment.id,
        "access_mode": attachment.mode or mode_of(volume, None),
        "discard": True,
        "encrypted": volume.encrypted,
        "qos_specs": types.qos_of(session, volume.type_id),
        "size": volume.order["size_gib"] if extending else volume.size_gib,
        "host": volume.host,
        "root_fs": archive.is_named(volume.image),
        **_way(figures, volume),
    }


def is_file(session: orm.Session, volume: Volume) -> bool:
    """Tell whether a volume is a file, which its guest's host makes larger while it is used."""
    worker = services.worker(session, str(volume.host))
    return worker is None or _protocol(worker.figures) == "file"


def _protocol(figures: Mapping[str, Any]) -> str:
    return str(figures.get("storage_protocol", "file"))


def _way(figures: Mapping[str, Any], volume: Volume) -> dict[str, Any]:
    """Return where the bytes are, and how they are kept."""
    protocol = _protocol(figures)
    if protocol == "ceph":
        return _rbd(figures.get("rbd", {}), volume)
    if protocol != "file":
        return {"driver_volume_type": protocol}
    return _file(figures, volume)


def _rbd(pool: Mapping[str, Any], volume: Volume) -> dict[str, Any]:
    """Return the way to an image of Ceph's: name is `<pool>/<image>`.

    No key: the guests' hosts have it, libvirt under secret_uuid.
    """
    known = {key: value for key, value in pool.items() if key != "pool"}
    return {
        "driver_volume_type": "rbd",
        "name": f"{pool.get('pool', '')}/volume-{volume.id}",
        "format": "raw",
        "keyring": None,
        **known,
    }


def _file(figures: Mapping[str, Any], volume: Volume) -> dict[str, Any]:
    """Return the way to a file: device_path leads to the bytes, in the format given."""
    found = {
        "driver_volume_type": "file",
        "device_path": f"{figures.get('pool_dir', '')}/volumes/{volume.id}",
        "format": volume.spec.get("format", "qcow2"),
    }
    if volume.encrypted:
        found["key_path"] = f"{figures.get('key_dir', '')}/{volume.key_id}"
    return found
