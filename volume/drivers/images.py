"""What an image's bytes are, found out before any tool opens them."""

import re

from oslo_utils.imageutils import format_inspector

from volume.drivers.base import Image, ImageRejected, PoolFault

GIB = 1024**3
# as the image service calls a format, as the bytes look, and as qemu-img calls it
FORMATS = {
    "raw": (None, "raw"),
    "iso": (None, "raw"),
    "qcow2": ({"qcow2"}, "qcow2"),
    "vmdk": ({"vmdk"}, "vmdk"),
    "vdi": ({"vdi"}, "vdi"),
    "vhd": ({"vhd"}, "vpc"),
    "vhdx": ({"vhdx"}, "vhdx"),
}


def inspect(image: Image) -> tuple[str, int]:
    """Return the format as qemu-img calls it, and the virtual size in bytes.

    An image that says raw becomes the volume's content as it is, whatever it looks like.
    Raises ImageRejected when its bytes are not what its disk_format says, or when they would make
    a tool read other files: a backing file, a data file, a VMDK descriptor.
    """
    if image.disk_format not in FORMATS:
        known = ", ".join(FORMATS)
        raise rejected(image, f"its disk format is {image.disk_format}; these work: {known}.")
    looks, name = FORMATS[image.disk_format]
    if looks is None:
        return name, image.path.stat().st_size
    try:
        found = format_inspector.detect_file_format(str(image.path))
        if found is None or str(found) not in looks:
            raise rejected(image, f"it says {image.disk_format}, and its bytes are {found}.")
        found.safety_check()
    except format_inspector.SafetyCheckFailed as error:
        failed = ", ".join(sorted(error.failures))
        raise rejected(image, f"it does not pass the checks of its format: {failed}.") from error
    except format_inspector.ImageFormatError as error:
        raise rejected(image, f"its format is not clear: {error}.") from error
    except OSError as error:
        raise PoolFault(reason=f"Image {image.image_id} cannot be read: {error}") from error
    return name, int(found.virtual_size)


def fitting(image: Image, size_gib: int) -> str:
    """Return what qemu-img calls the format of an image that a volume has room for.

    Raises ImageRejected, PoolFault.
    """
    name, size = inspect(image)
    if size > size_gib * GIB:
        raise rejected(image, f"it needs a volume of {-(-size // GIB)} GiB.")
    return name


def known_as(image_id: str, checksum: str) -> str:
    """Return a name for what a pool keeps of an image."""
    return re.sub(r"[^A-Za-z0-9-]", "_", f"{image_id}-{checksum[:32]}")


def rejected(image: Image, reason: str) -> ImageRejected:
    """Return the refusal of an image."""
    return ImageRejected(image_id=image.image_id, reason=reason)
