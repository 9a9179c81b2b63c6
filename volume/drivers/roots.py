"""Disks for containers to boot from: an ext4 file system with an archive's files in it.

Servers' hosts mount such a disk, so nobody but a host ever writes to it: it is given to no guest as
a device.  `upper` holds the files, with the owners that the archive names, `work` is for the mount.
"""

import os
import pathlib

from common import archive, errors, process
from common.ext4 import MKFS
from volume.drivers.base import Image, PoolFault
from volume.drivers.images import GIB, rejected

_MIB = 1024**2
_MOST_MKFS_S = 3600
_LEAST_FILES = 65536
_BYTES_A_FILE = 512
"""What an inode and a name take beside the blocks that are counted."""


def make(image: Image, place: pathlib.Path, target: pathlib.Path, *, limit: int) -> Image:
    """Write the disk that an archive becomes, sparse, and return it as a raw image.

    place: where its files are for a while, which does not exist.  limit: bytes of the volume.
    Raises ImageRejected, PoolFault.
    """
    if image.disk_format != "raw":
        raise rejected(image, f"an archive for containers says raw, and not {image.disk_format}.")
    tree = place / "upper"
    try:
        tree.mkdir(mode=0o755, parents=True)
        (place / "work").mkdir(mode=0o755)
        place.chmod(0o700)
        size = archive.unpack(image.path, tree, limit=limit)
        archive.require_init(tree)
        files = sum(len(below) + len(names) for _, below, names in os.walk(tree))
        needed = size + size // 8 + files * _BYTES_A_FILE + 64 * _MIB
        whole = -(-needed // GIB) * GIB
        with open(target, "xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.truncate(whole)
        words = ["-N", str(max(_LEAST_FILES, files * 2)), "-d", str(place), str(target)]
        process.run([*MKFS, *words], timeout_s=_MOST_MKFS_S)
    except archive.Unusable as error:
        raise rejected(image, str(error)) from error
    except (OSError, errors.CloudError) as error:
        raise PoolFault(reason=f"Image {image.image_id} was not unpacked: {error}") from error
    return Image(image.image_id, image.checksum, "raw", target)
