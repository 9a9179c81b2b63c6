"""Block device mappings: what a new server boots from, and the volumes it begins with.

Source: Compute API, "Create server", block_device_mapping_v2 and block_device_mapping.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from common import archive
from common import errors as roots
from common.context import RequestContext
from compute import errors
from compute.clients import ImageService, VolumeService
from compute.db.models import Flavor
from compute.logic import checks, imaging
from compute.logic.devices import InvalidVolume, VolumeMissing, usable
from compute.scheduler import request
from compute.schemas.common import truth

LOCAL_BUSES = frozenset({None, "virtio", "scsi"})


class MappingInvalid(roots.BadRequest):
    message = "Block Device Mapping is Invalid: {reason}"


@dataclasses.dataclass(frozen=True)
class Planned:
    """A volume that a new server begins with.

    volume_id: of one that exists; else source says what it is made from (see BlockDevice.source).
    """

    volume_id: str | None
    source: Mapping[str, Any]
    boot_index: int | None
    device: str | None
    bus: str | None
    device_type: str
    tag: str | None
    delete_on_termination: bool
    multiattach: bool = False


@dataclasses.dataclass(frozen=True)
class Boot:
    """image: the facts kept in the server's row; without an id, it boots from a volume."""

    image: dict[str, Any]
    volumes: tuple[Planned, ...] = ()


class Mappings:
    """Reads what a request says of disks, and looks at what it names."""

    def __init__(self, images: ImageService, volumes: VolumeService) -> None:
        self._images = images
        self._volumes = volumes

    def read(self, ctx: RequestContext, wanted: Mapping[str, Any], flavor: Flavor) -> Boot:
        """Return what the server boots from and has.

        Raises MappingInvalid, ImageUnusable, InvalidVolume, BadRequest.
        """
        given = _given(wanted)
        image_id = wanted.get("imageRef") or ""
        image = checks.image(self._images, ctx, image_id) if image_id else None
        of_image = _of_image(image) if image else []
        if any(_index(one) == 0 for one in of_image):
            # Clients that name an image say so here, too; it has no bytes, and boots from this.
            given = [one for one in given if not _is_image_itself(one, image_id)]
        given = [one for one in of_image if not _is_replaced(one, given)] + given
        local = [one for one in given if _is_image_itself(one, image_id)]
        others = [one for one in given if one not in local]
        others = [one for one in others if not _is_local_blank(one, flavor)]
        if any(_index(one) == 0 for one in others):
            image_id = ""
        _check_order(others, has_image=bool(image_id))
        volumes = tuple(self._planned(ctx, one) for one in others)
        if image_id and image:
            checks.image_fits(image, flavor)
            return Boot(image, volumes)
        root = next(one for one in others if _index(one) == 0)
        facts = self._root_facts(ctx, root)
        contains = request.kind_of(flavor_specs(flavor), facts) == "container"
        if contains != archive.is_named(facts["properties"]):
            raise errors.ImageUnusable(
                reason="A container boots from a volume that was made from an image for "
                "containers (img_hv_type=lxc), and nothing else does."
            )
        return Boot(facts, volumes)

    def _planned(self, ctx: RequestContext, one: Mapping[str, Any]) -> Planned:
        kind = one["source_type"]
        if one.get("destination_type", "volume") != "volume":
            raise MappingInvalid(reason=f"a {kind} cannot become a local disk.")
        volume_id, multiattach = None, False
        source: dict[str, Any] = {}
        if kind == "volume":
            volume = self._volume(ctx, one["uuid"], root=_index(one) == 0)
            volume_id, multiattach = str(volume["id"]), bool(volume.get("multiattach"))
        else:
            source = {
                "kind": kind,
                "id": one.get("uuid"),
                "size_gib": self._size(ctx, one),
                "type": one.get("volume_type"),
            }
        bus = one.get("disk_bus")
        if bus not in LOCAL_BUSES:
            raise MappingInvalid(reason=f"disk_bus {bus} is not virtio or scsi.")
        return Planned(
            volume_id=volume_id,
            source=source,
            boot_index=_index(one),
            device=one.get("device_name"),
            bus=bus,
            device_type=one.get("device_type") or "disk",
            tag=one.get("tag"),
            delete_on_termination=truth(one.get("delete_on_termination")),
            multiattach=multiattach,
        )

    def _volume(self, ctx: RequestContext, volume_id: str, *, root: bool) -> dict[str, Any]:
        try:
            volume = usable(self._volumes, ctx, volume_id, root=root)
        except VolumeMissing as error:
            raise MappingInvalid(reason=f"failed to get volume {volume_id}.") from error
        if root and str(volume.get("bootable")).lower() != "true":
            raise InvalidVolume(reason=f"Block Device {volume_id} is not bootable.")
        return volume

    def _size(self, ctx: RequestContext, one: Mapping[str, Any]) -> int:
        given = int(one.get("volume_size") or 0)
        kind = one["source_type"]
        if kind == "snapshot":
            try:
                snapshot = self._volumes.snapshot(ctx, one["uuid"])
            except roots.NotFound as error:
                raise MappingInvalid(reason=f"failed to get snapshot {one['uuid']}.") from error
            return given or int(snapshot["size"])
        if not given:
            word = "Images" if kind == "image" else "Blank volumes"
            raise MappingInvalid(
                reason=f"{word} with destination_type 'volume' need to have a non-zero size "
                "specified: volume_size, in GiB."
            )
        if kind == "image":
            checks.image(self._images, ctx, one["uuid"])
        return given

    def _root_facts(self, ctx: RequestContext, root: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is known of the image that the root volume's content came from."""
        kind = root["source_type"]
        if kind == "blank":
            return _facts({})
        if kind == "image":
            image = checks.image(self._images, ctx, root["uuid"])
            return _facts(image["properties"] | {"disk_format": image["disk_format"]})
        volume_id = root["uuid"]
        if kind == "snapshot":
            volume_id = self._volumes.snapshot(ctx, volume_id)["volume_id"]
        return _facts(self._volumes.get(ctx, volume_id).get("volume_image_metadata") or {})


def flavor_specs(flavor: Flavor) -> dict[str, Any]:
    """Return what of a flavor says which kind of guest it is for."""
    return {"extra_specs": flavor.extra_specs}


def _facts(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the image facts of a server without an image."""
    kept = {key: str(value) for key, value in properties.items() if key not in _NOT_PROPERTIES}
    texts = dict.fromkeys(("id", "name", "checksum", "hash_algo"), "")
    figures = dict.fromkeys(("size", "virtual_size", "min_disk", "min_ram"), 0)
    formats = {"disk_format": "raw", "container_format": "bare"}
    return {**texts, **figures, **formats, "properties": kept}


_NOT_PROPERTIES = frozenset(
    {
        *("image_id", "image_name", "checksum", "container_format", "disk_format", "min_disk"),
        *("min_ram", "size", "signature_verified", *imaging.WORDS),
    }
)


def _given(wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the mappings in the newer form, those that say `no_device` left out."""
    newer = wanted.get("block_device_mapping_v2") or []
    older = wanted.get("block_device_mapping") or []
    if newer and older:
        raise roots.BadRequest(
            reason="Using different block_device_mapping syntaxes is not allowed in the same "
            "request."
        )
    found = [dict(one) for one in newer] + [
        _newer(one, boots=number == 0 and not wanted.get("imageRef"))
        for number, one in enumerate(older)
    ]
    kept = [one for one in found if not one.get("no_device")]
    for one in kept:
        one.setdefault("source_type", "blank" if not one.get("uuid") else "volume")
        one.setdefault("destination_type", _destination(one))
        if one["source_type"] != "blank" and not one.get("uuid"):
            raise MappingInvalid(reason=f"a {one['source_type']} needs a uuid.")
    return kept


def _of_image(image: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the disks that an image consists of; none: it has bytes.  Raises MappingInvalid."""
    try:
        return imaging.mapping_of(image["properties"])
    except ValueError as error:
        raise MappingInvalid(
            reason=f"what image {image['id']} says of its disks makes no sense: {error}."
        ) from error


def _is_replaced(one: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a request says something else of a disk that its image has."""
    names = {other.get("device_name") for other in given} - {None, ""}
    places = {_index(other) for other in given} - {None}
    return one.get("device_name") in names or _index(one) in places


def _destination(one: Mapping[str, Any]) -> str:
    return "volume" if one["source_type"] in ("volume", "snapshot") else "local"


def _newer(one: Mapping[str, Any], *, boots: bool) -> dict[str, Any]:
    kind = "volume" if one.get("volume_id") else "snapshot" if one.get("snapshot_id") else "blank"
    name = one.get("device_name") or ""
    return {
        "source_type": kind,
        "destination_type": "volume",
        "uuid": one.get("volume_id") or one.get("snapshot_id"),
        "volume_size": one.get("volume_size"),
        "device_name": name if name.startswith("/dev/") or not name else f"/dev/{name}",
        "delete_on_termination": one.get("delete_on_termination"),
        "no_device": one.get("no_device"),
        "boot_index": 0 if boots else None,
    }


def _index(one: Mapping[str, Any]) -> int | None:
    """Return the place in the boot sequence; negative ones and none mean: not in it."""
    given = one.get("boot_index")
    if given is None or int(given) < 0:
        return None
    return int(given)


def _is_image_itself(one: Mapping[str, Any], image_id: str) -> bool:
    if one["source_type"] != "image" or one["destination_type"] != "local":
        return False
    if one["uuid"] != image_id or _index(one) not in (0, None):
        raise MappingInvalid(
            reason="Mapping image to local is not supported but for the image that the server "
            "boots from."
        )
    return True


def _is_local_blank(one: Mapping[str, Any], flavor: Flavor) -> bool:
    """Tell whether a disk is one that the flavor brings anyway.  Raises MappingInvalid."""
    if one["source_type"] != "blank" or one["destination_type"] != "local":
        return False
    size = int(one.get("volume_size") or 0)
    swap = one.get("guest_format") == "swap"
    has = flavor.swap_mib if swap else flavor.ephemeral_gib
    if not has or size > has:
        word = "MiB of swap" if swap else "GiB of ephemeral disk"
        raise MappingInvalid(reason=f"the flavor has {has} {word}, and {size or 'some'} is wanted.")
    return True


def _check_order(given: Sequence[Mapping[str, Any]], *, has_image: bool) -> None:
    """Return when the boot sequence begins with one disk and has no gaps.

    Raises MappingInvalid, BadRequest.
    """
    places = sorted(index for one in given if (index := _index(one)) is not None)
    if has_image:
        places = sorted([0, *places])
    if not places:
        raise roots.BadRequest(
            reason="Invalid imageRef provided: a server boots from an image, or from a volume "
            "with boot_index 0."
        )
    if places != list(range(len(places))):
        raise MappingInvalid(
            reason="Boot sequence for the instance and image/block device mapping combination is "
            "not valid."
        )
    names = [one["device_name"] for one in given if one.get("device_name")]
    if len(names) != len(set(names)):
        raise MappingInvalid(reason="a device_name is given twice.")
