"""Images of servers that boot from a volume: no bytes, but snapshots of all their volumes.

Source: Compute API, "Create Image", and the Image API's properties `block_device_mapping`,
`bdm_v2` and `root_device_name`, by which another server is made of such an image.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from compute.db.models import BlockDevice
from compute.logic.devices import shown
from compute.schemas.common import truth

WORDS = MAPPING, NEWER, ROOT = "block_device_mapping", "bdm_v2", "root_device_name"


def chosen(rows: Sequence[BlockDevice]) -> dict[str, str]:
    """Return the ids that the snapshots of a server's volumes are to have, by volume id."""
    return {row.volume_id: str(uuid.uuid4()) for row in shown(rows)}


def mapped(rows: Sequence[BlockDevice], snapshots: Mapping[str, str]) -> dict[str, str]:
    """Return what an image says of the snapshots that it consists of, as the Image API has it."""
    mapping = [_entry(row, snapshots[row.volume_id]) for row in shown(rows)]
    root = next(row.device for row in rows if row.boot_index == 0)
    return {
        MAPPING: json.dumps(mapping),
        NEWER: "True",
        ROOT: root,
        "disk_format": "raw",
        "base_image_ref": "",
    }


def _entry(row: BlockDevice, snapshot_id: str) -> dict[str, Any]:
    size_gib = int(row.connection.get("size") or 0)
    return {
        "source_type": "snapshot",
        "destination_type": "volume",
        "snapshot_id": snapshot_id,
        "volume_size": size_gib or None,
        "boot_index": row.boot_index,
        "device_name": row.device,
        "disk_bus": row.bus,
        "device_type": row.device_type,
        "delete_on_termination": row.delete_on_termination,
        "tag": row.tag,
        "guest_format": None,
        "no_device": None,
        "image_id": None,
        "volume_id": None,
        "volume_type": None,
    }


def mapping_of(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the disks that an image consists of, in the newer form; none: it has bytes.

    image: as the Image API shows it.  Raises ValueError for properties that say nothing.
    """
    found = json.loads(image.get(MAPPING) or "[]")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("it is no list of mappings")
    newer = truth(image.get(NEWER))
    return [_of_image(one) if newer else _of_older(one, image) for one in found]


def _of_image(one: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in one.items() if value is not None and key not in _IDS}
    given = next((one[key] for key in _IDS if one.get(key)), None)
    return kept | ({"uuid": given} if given else {})


def _of_older(one: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, Any]:
    kind = "snapshot" if one.get("snapshot_id") else "volume"
    is_root = one.get("device_name") == image.get(ROOT)
    return _of_image(one) | {
        "source_type": kind,
        "destination_type": "volume",
        **({"boot_index": 0} if is_root else {}),
    }


_IDS = ("snapshot_id", "volume_id", "image_id")
