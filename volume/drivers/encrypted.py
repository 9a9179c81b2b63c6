"""Empty qcow2 files whose content is to be encrypted with LUKS.

Source: the qcow2 format as QEMU publishes it, version 3.
"""

import os
import pathlib
import struct

from common import qcow2
from volume.drivers import luks

CLUSTER_BITS = 16
CLUSTER = 1 << CLUSTER_BITS
_HEADER = 104
_BACKING_FORMAT, _ENCRYPTION = 0xE2792ACA, 0x0537BE77


def create(
    path: pathlib.Path, size: int, passphrase: bytes, below: pathlib.Path | None = None
) -> None:
    """Make a file with a master key of its own.

    size: bytes.  below: the qcow2 file whose content it shows until it is written to.
    Clusters: the header, the table and the one block of reference counts, LUKS, the first level.
    """
    crypt = luks.header(passphrase)
    crypt_at, crypt_clusters = 3, -(-len(crypt) // CLUSTER)
    entries = max(1, -(-size // (CLUSTER * CLUSTER // 8)))
    first_at, first_clusters = crypt_at + crypt_clusters, -(-entries * 8 // CLUSTER)
    used = first_at + first_clusters
    extensions = struct.pack(">IIQQ", _ENCRYPTION, 16, crypt_at * CLUSTER, len(crypt))
    if below is not None:
        extensions += struct.pack(">II8s", _BACKING_FORMAT, 5, b"qcow2")
    extensions += struct.pack(">II", 0, 0)
    name = os.fsencode(below) if below is not None else b""
    head = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        *(qcow2.MAGIC, 3, _HEADER + len(extensions) if name else 0, len(name)),
        *(CLUSTER_BITS, size, qcow2.LUKS, entries, first_at * CLUSTER),
        *(CLUSTER, 1, 0, 0),
        *(0, 0, 0, 4, _HEADER),
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(head + extensions + name)
        file.seek(CLUSTER)
        file.write(struct.pack(">Q", 2 * CLUSTER))
        file.seek(2 * CLUSTER)
        file.write(struct.pack(">H", 1) * used)
        file.seek(crypt_at * CLUSTER)
        file.write(crypt)
        file.truncate(used * CLUSTER)
        file.flush()
        os.fsync(file.fileno())
