"""Images of a Ceph pool: how QEMU's programs reach one, by the package qemu-block-extra.

Source: QEMU's block driver `rbd`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from common.qcow2 import escaped


@dataclasses.dataclass(frozen=True)
class Image:
    """Where an image is.

    user: whom Ceph knows this host as, `client.<user>`.  conf: Ceph's own file on this host, which
    says where monitors and keys are.
    """

    pool: str
    image: str
    user: str
    conf: str


def told(connection: Mapping[str, Any]) -> Image:
    """Return the image that the volume service tells of."""
    pool, _, name = str(connection["name"]).rpartition("/")
    return Image(pool, name, connection["auth_username"], connection["conf"])


def blockdev(image: Image) -> str:
    """Return the block device as an option."""
    facts = dataclasses.asdict(image).items()
    return ",".join(["driver=rbd", *(f"{name}={escaped(value)}" for name, value in facts)])
