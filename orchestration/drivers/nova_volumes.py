"""The volumes that a server begins with: block_device_mapping_v2 of OS::Nova::Server."""

from typing import Any, Final

from orchestration.clients import Cloud
from orchestration.drivers.base import BOOLEAN, INTEGER, LIST, MAP, Property, text
from orchestration.drivers.nova import image_id

_KEYS: Final = {
    "device_name": text("What it is called in the guest: vdb."),
    "volume_id": text("A volume that is there."),
    "image": text("An image that a volume is made from, by id or name.", aliases=("image_id",)),
    "snapshot_id": text("A snapshot that a volume is made from."),
    "volume_size": Property(INTEGER, "GiB of a volume that is made.", least=1, most=1024),
    "swap_size": Property(INTEGER, "MiB of swap."),
    "ephemeral_size": Property(INTEGER, "GiB of a disk that goes with the server."),
    "device_type": text("cdrom or disk.", allowed=("cdrom", "disk")),
    "disk_bus": text("virtio or scsi."),
    "boot_index": Property(INTEGER, "Its place in the boot sequence; 0: it is booted from."),
    "delete_on_termination": Property(BOOLEAN, "Whether it goes with the server."),
}
MAPPINGS: Final = Property(LIST, "The volumes it begins with.", items=Property(MAP, keys=_KEYS))


def requested(cloud: Cloud, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the mappings as compute is asked for them."""
    return [_one(cloud, given, number) for number, given in enumerate(wanted)]


def _one(cloud: Cloud, given: dict[str, Any], number: int) -> dict[str, Any]:
    found = _source(cloud, given)
    for key in ("volume_size", "delete_on_termination", "device_type", "disk_bus"):
        if given.get(key) is not None:
            found[key] = given[key]
    name = given.get("device_name")
    if name:
        found["device_name"] = name if name.startswith("/dev/") else f"/dev/{name}"
    found["boot_index"] = given.get("boot_index", 0 if number == 0 and _boots(given) else -1)
    return found


def _boots(given: dict[str, Any]) -> bool:
    return bool(given.get("image") or given.get("device_name") in ("vda", "/dev/vda"))


def _source(cloud: Cloud, given: dict[str, Any]) -> dict[str, Any]:
    if given.get("volume_id"):
        kind, one = "volume", given["volume_id"]
    elif given.get("snapshot_id"):
        kind, one = "snapshot", given["snapshot_id"]
    elif given.get("image"):
        kind, one = "image", image_id(cloud, given["image"])
    elif given.get("swap_size"):
        return {
            "source_type": "blank",
            "destination_type": "local",
            "guest_format": "swap",
            "volume_size": given["swap_size"],
        }
    elif given.get("ephemeral_size"):
        size = given["ephemeral_size"]
        return {"source_type": "blank", "destination_type": "local", "volume_size": size}
    else:
        return {"source_type": "blank", "destination_type": "volume"}
    return {"source_type": kind, "destination_type": "volume", "uuid": one}
