"""How volume types and what belongs to them are shown.  Source: Block Storage API v3, "Types"."""

from typing import Any

from volume.db.models import QosSpecs, TypeEncryption, VolumeType
from volume.views.common import links, moment

VISIBLE = frozenset({"RESKEY:availability_zones", "multiattach", "replication_enabled"})
"""Extra specs that everybody sees; the others say more of the cloud than its users need.

Source: Block Storage, "User visible extra specs".
"""


def full(kind: VolumeType, *, admin: bool) -> dict[str, Any]:
    """Return all that is said of a type.  admin: whether also what is the cloud's own business."""
    specs = {name: value for name, value in kind.specs.items() if admin or name in VISIBLE}
    found: dict[str, Any] = {
        "id": kind.id,
        "name": kind.name,
        "is_public": kind.is_public,
        "os-volume-type-access:is_public": kind.is_public,
        "description": kind.description,
        "extra_specs": specs,
    }
    if admin:
        found["qos_specs_id"] = kind.qos_id
    return found


def changed(kind: VolumeType) -> dict[str, Any]:
    """Return what the answer to a change says."""
    found = full(kind, admin=True)
    for name in ("os-volume-type-access:is_public", "qos_specs_id"):
        del found[name]
    return found


def encryption(found: TypeEncryption) -> dict[str, Any]:
    """Return how volumes of a type are encrypted."""
    return {
        "volume_type_id": found.type_id,
        "encryption_id": found.id,
        "provider": found.provider,
        "control_location": found.control_location,
        "cipher": found.cipher,
        "key_size": found.key_size,
        "deleted": False,
        "created_at": moment(found.created_at),
        "updated_at": moment(found.updated_at),
        "deleted_at": None,
    }


def qos(found: QosSpecs) -> dict[str, Any]:
    """Return QoS specs."""
    return {
        "id": found.id,
        "name": found.name,
        "consumer": found.consumer,
        "specs": found.specs,
    }


def qos_links(base: str, project: str, found: QosSpecs) -> list[dict[str, str]]:
    """Return the links of QoS specs."""
    return links(base, project, f"qos-specs/{found.id}")
