"""What every driver promises: states, not steps.

All methods may be called again after a crash at any point: an order is carried out twice without
harm.  Names in the pool are computed from ids.  Drivers know no database and no bus.
"""

import abc
import contextlib
import dataclasses
import pathlib
import re
from typing import ClassVar

from common import errors

PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")
"""How something may be called that waits to become a volume."""


class VolumeMissing(errors.NotFound):
    message = "This host holds no volume {volume_id}."


class SnapshotMissing(errors.NotFound):
    message = "This host holds no snapshot {snapshot_id}."


class PoolFault(errors.CloudError):
    """The host could not do what was asked; the reason is for the user to read."""

    message = "{reason}"


class ImageRejected(errors.BadRequest):
    message = "Image {image_id} cannot become a volume: {reason}"


@dataclasses.dataclass(frozen=True)
class Spec:
    """How a volume is kept; what a driver cannot do of it, it refuses.

    format: of the driver `file`: `qcow2` (sparse, copied by reference) or `raw`.  wipe: whether its
    bytes are overwritten when it is deleted.  key_id: of the key that a qcow2 one is encrypted
    with; empty: it is not.
    """

    format: str = "qcow2"
    wipe: bool = False
    key_id: str = ""


@dataclasses.dataclass(frozen=True)
class Image:
    """An image's bytes, on this host and verified, never opened by a tool before inspection.

    path: of one that the pool has kept, what its driver makes of it.
    """

    image_id: str
    checksum: str
    disk_format: str
    path: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Content:
    """What a volume holds, as a raw file.  encrypted: whether it is kept so."""

    path: pathlib.Path
    encrypted: bool


@dataclasses.dataclass(frozen=True)
class Figures:
    """What a pool has.  total_gib, free_gib: of the place itself."""

    total_gib: float
    free_gib: float


class Driver(abc.ABC):
    """One host's pool of volumes.  protocol: how guests' hosts reach them."""

    protocol: ClassVar[str]

    @abc.abstractmethod
    def probe(self) -> None:
        """Return when this host can keep volumes.  Raises PoolFault that names what is missing."""

    def facts(self) -> dict[str, object]:
        """Return what else guests' hosts have to know of the pool, and does not change."""
        return {}

    @abc.abstractmethod
    def figures(self) -> Figures:
        """Return what the pool has."""

    @abc.abstractmethod
    def create(self, volume_id: str, size_gib: int, spec: Spec) -> None:
        """Make an empty volume.  Raises PoolFault."""

    @abc.abstractmethod
    def create_from_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        """Make a volume with an image's content; one that exists stays as it is.

        Raises ImageRejected, PoolFault.
        """

    @abc.abstractmethod
    def create_from_snapshot(
        self, volume_id: str, size_gib: int, snapshot_id: str, spec: Spec
    ) -> None:
        """Make a volume with a snapshot's content.  Raises SnapshotMissing, PoolFault."""

    @abc.abstractmethod
    def clone(self, volume_id: str, size_gib: int, source_id: str, spec: Spec) -> None:
        """Make a volume with another's content, which nobody uses now.

        Raises VolumeMissing, PoolFault.
        """

    @abc.abstractmethod
    def delete(self, volume_id: str) -> None:
        """Remove a volume; a missing one is a success.  What copies share of it stays for them."""

    @abc.abstractmethod
    def extend(self, volume_id: str, size_gib: int) -> None:
        """Make a volume as large, that nobody uses now; one that is as large already stays so.

        Raises VolumeMissing, PoolFault.
        """

    @abc.abstractmethod
    def convert(self, volume_id: str, spec: Spec) -> None:
        """Keep a volume, that nobody uses now, as the spec says.  Raises VolumeMissing."""

    def take_over(self, volume_id: str, other_id: str) -> None:
        """Let a volume have what another holds, which is gone then; one that has it stays so.

        A guest may be using the other.  Raises VolumeMissing, PoolFault; by default, always that.
        """
        raise PoolFault(reason=f"Volume {volume_id} cannot take over {other_id} in this pool.")

    @abc.abstractmethod
    def replace_by_image(self, volume_id: str, size_gib: int, image: Image, spec: Spec) -> None:
        """Give a volume an image's content in place of its own.

        Raises VolumeMissing, ImageRejected, PoolFault.
        """

    @abc.abstractmethod
    def snapshot(self, volume_id: str, snapshot_id: str) -> None:
        """Keep what a volume, that nobody uses now, holds.  Raises VolumeMissing, PoolFault."""

    @abc.abstractmethod
    def delete_snapshot(self, snapshot_id: str) -> None:
        """Let go of a snapshot; a missing one is a success."""

    @abc.abstractmethod
    def revert(self, volume_id: str, snapshot_id: str, size_gib: int) -> None:
        """Give a volume, that nobody uses now, its snapshot's content again.

        size_gib: of the volume, which may have grown since.
        Raises VolumeMissing, SnapshotMissing, PoolFault.
        """

    @abc.abstractmethod
    def prepare_live(self, volume_id: str, snapshot_id: str) -> pathlib.Path | None:
        """Return the file in which the guest that uses a volume is to go on.

        None: it goes on where it is, and what the volume holds now is the snapshot.
        Raises VolumeMissing, PoolFault.
        """

    @abc.abstractmethod
    def finish_live(self, volume_id: str, snapshot_id: str) -> None:
        """Note that the guest went on in that file: what was before is the snapshot."""

    @abc.abstractmethod
    def cancel_live(self, snapshot_id: str) -> None:
        """Remove that file, in which nobody went on."""

    @abc.abstractmethod
    def export(self, volume_id: str, target: pathlib.Path, disk_format: str) -> None:
        """Write a volume's content into a file, in a format that qemu-img knows.

        Raises VolumeMissing, PoolFault.
        """

    @abc.abstractmethod
    def content(self, kind: str, one_id: str) -> contextlib.AbstractContextManager[Content]:
        """Yield what a volume or a snapshot holds, as a raw file to read.

        kind: `volume` or `snapshot`.  Raises VolumeMissing, SnapshotMissing, PoolFault.
        """

    @abc.abstractmethod
    def replacing(
        self, volume_id: str, size_gib: int, spec: Spec
    ) -> contextlib.AbstractContextManager[pathlib.Path]:
        """Yield a raw file of zeros; a volume, made if need be, holds what was written into it.

        Where the block raises the volume stays as it was.  Raises PoolFault.
        """

    @abc.abstractmethod
    def manage(self, volume_id: str, name: str) -> tuple[int, str]:
        """Make a volume of what waits in the pool under a name.

        Returns its size in GiB, rounded up, and its format.  Raises PoolFault.
        """

    @abc.abstractmethod
    def importable(self) -> list[tuple[str, int]]:
        """Return what waits to become a volume: name, and size in GiB."""

    @abc.abstractmethod
    def unmanage(self, volume_id: str, name: str) -> None:
        """Let a volume's content wait in the pool under a name; a missing one is a success."""

    @abc.abstractmethod
    def manage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        """Take up a snapshot that unmanage_snapshot left.  Raises SnapshotMissing."""

    @abc.abstractmethod
    def unmanage_snapshot(self, volume_id: str, snapshot_id: str, name: str) -> None:
        """Keep a snapshot under a name of the volume's; a missing one is a success."""

    @abc.abstractmethod
    def kept_image(self, image_id: str, checksum: str) -> Image | None:
        """Return what the pool has of an image, which stays for a while, or None."""

    @abc.abstractmethod
    def unused_images(self) -> set[str]:
        """Return the ids of images of which the pool keeps what no volume needs."""

    @abc.abstractmethod
    def forget_image(self, image_id: str) -> None:
        """Remove what the pool keeps of an image and no volume needs."""

    @abc.abstractmethod
    def volumes(self) -> set[str]:
        """Return the ids of the volumes in the pool."""

    @abc.abstractmethod
    def snapshots(self) -> set[str]:
        """Return the ids of the snapshots in the pool."""

    @abc.abstractmethod
    def recover(self) -> None:
        """Clear away what an earlier process left half-way; called before any order."""
