"""How volumes are shown.  Source: Block Storage API v3, "Volumes"."""

from typing import Any

from volume.db.models import Attachment, Volume
from volume.db.volumes import Shown
from volume.views.common import links, moment

Version = tuple[int, int]


def brief(shown: Shown, base: str, project: str) -> dict[str, Any]:
    """Return what a list without details says of a volume."""
    volume = shown.volume
    return {
        "id": volume.id,
        "name": volume.name,
        "links": links(base, project, f"volumes/{volume.id}"),
    }


def full(
    shown: Shown, base: str, project: str, version: Version, *, admin: bool = False
) -> dict[str, Any]:
    """Return all that is said of a volume.  admin: whether also where it is."""
    volume = shown.volume
    found = {
        **brief(shown, base, project),
        "status": volume.status,
        "size": volume.size_gib,
        "availability_zone": volume.zone,
        "created_at": moment(volume.created_at),
        "updated_at": moment(volume.updated_at),
        "description": volume.description,
        "volume_type": shown.type_name,
        "snapshot_id": volume.source_snapshot_id,
        "source_volid": volume.source_volume_id,
        "metadata": items(shown),
        "user_id": volume.user_id,
        "bootable": str(volume.bootable).lower(),
        "encrypted": volume.encrypted,
        "replication_status": None,
        "consistencygroup_id": None,
        "multiattach": volume.multiattach,
        "attachments": [attached(one) for one in shown.attachments if one.attached_at],
        "os-vol-tenant-attr:tenant_id": volume.project_id,
    }
    if volume.image:
        found["volume_image_metadata"] = volume.image
    return found | _since(shown, version) | (_admins(shown, version) if admin else {})


def items(shown: Shown) -> dict[str, str]:
    """Return a volume's metadata with what the cloud adds: `readonly`, `attached_mode`."""
    return {**shown.items, **shown.volume.admin_details}


def attached(one: Attachment) -> dict[str, Any]:
    """Return what a volume says of one who uses it."""
    return {
        "id": one.volume_id,
        "attachment_id": one.id,
        "volume_id": one.volume_id,
        "server_id": one.server_id,
        "host_name": one.host,
        "device": one.mountpoint,
        "attached_at": moment(one.attached_at),
    }


def _since(shown: Shown, version: Version) -> dict[str, Any]:
    volume = shown.volume
    found: dict[str, Any] = {}
    if version >= (3, 13):
        found["group_id"] = volume.group_id
    if version >= (3, 48):
        found["shared_targets"] = None if version >= (3, 69) else False
        found["service_uuid"] = None
    if version >= (3, 63):
        found["volume_type_id"] = volume.type_id
    if version >= (3, 64) and volume.encrypted:
        found["encryption_key_id"] = volume.key_id
    if version >= (3, 65):
        found["consumes_quota"] = volume.consumes_quota
    return found


def _admins(shown: Shown, version: Version) -> dict[str, Any]:
    volume = shown.volume
    found: dict[str, Any] = {
        "os-vol-host-attr:host": pool(volume.host),
        "os-vol-mig-status-attr:migstat": _migration_status(volume),
        "os-vol-mig-status-attr:name_id": None,
        "migration_status": _migration_status(volume),
    }
    if version >= (3, 21):
        found["provider_id"] = None
    if version >= (3, 61):
        found["cluster_name"] = shown.cluster
    return found


def pool(host: str | None, backend: str = "file") -> str | None:
    """Return the pool of a host as `host@backend#pool`."""
    return None if host is None else f"{host}@{backend}#{backend}"


def _migration_status(volume: Volume) -> str | None:
    """Return whether a volume is being moved, or, of a replacement, which one it replaces."""
    if volume.replacement_of is not None:
        return f"{volume.migration_status}:{volume.replacement_of}"
    return volume.migration_status
