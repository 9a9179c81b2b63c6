"""Orders to a host's worker, and reports to the controllers.

A `spec` says how a volume is kept: format (`qcow2` or `raw`), key_id (empty: not encrypted), wipe.
"""

from common.messages import Contract, Message

WORKER = Contract("volume.worker", version="1.2")
CONTROLLER = Contract("volume.controller", version="1.1")


class CreateVolume(Message, contract=WORKER):
    """Make a volume.

    source: {} for an empty one, else `kind` (image, snapshot, volume), `id`, and for an image
    disk_format, checksum, hash_algo, size, and root: whether it is an archive for containers.
    """

    volume_id: str
    generation: int
    size_gib: int
    spec: dict[str, object]
    source: dict[str, object]


class DeleteVolume(Message, contract=WORKER):
    """Remove a volume and all it left on the host."""

    volume_id: str
    generation: int


class ExtendVolume(Message, contract=WORKER):
    """Make a volume larger that no guest uses."""

    volume_id: str
    generation: int
    size_gib: int


class UploadVolume(Message, contract=WORKER):
    """Bring a volume's bytes to an image that waits for them."""

    volume_id: str
    generation: int
    image_id: str
    disk_format: str


class RetypeVolume(Message, contract=WORKER):
    """Keep a volume another way.

    replacement: since 1.2, the volume whose bytes it takes over, which is gone then; empty: none.
    """

    volume_id: str
    generation: int
    spec: dict[str, object]
    replacement: str = ""


class RevertVolume(Message, contract=WORKER):
    """Give a volume the content of its snapshot again."""

    volume_id: str
    generation: int
    snapshot_id: str
    size_gib: int


class ReimageVolume(Message, contract=WORKER):
    """Give a volume the content of an image; source as in CreateVolume."""

    volume_id: str
    generation: int
    size_gib: int
    spec: dict[str, object]
    source: dict[str, object]


class ManageVolume(Message, contract=WORKER):
    """Take over a file that lies ready in the pool's import directory."""

    volume_id: str
    generation: int
    name: str


class UnmanageVolume(Message, contract=WORKER):
    """Put a volume's file into the import directory and forget the volume."""

    volume_id: str
    generation: int
    name: str


class ReceiveVolume(Message, contract=WORKER):
    """Take what another host serves, as a volume of one's own.

    source: address, port, name, host; see volume.drivers.serving.Remote.
    """

    volume_id: str
    generation: int
    size_gib: int
    spec: dict[str, object]
    source: dict[str, object]


class LeaveVolume(Message, contract=WORKER):
    """Remove what the host has of a volume that is on another one.

    step: `remove` once it has moved there, `cancel` where it has not come here.
    """

    volume_id: str
    generation: int
    step: str


class ServeVolume(Message, contract=WORKER):
    """Let another host use a volume: the client, by its certificate, on a port of this host."""

    export_id: str
    volume_id: str
    port: int
    client: str
    read_only: bool
    shared: bool


class StopServing(Message, contract=WORKER):
    """Let nobody use a volume by an export."""

    export_id: str


class CreateSnapshot(Message, contract=WORKER):
    """Keep a volume's content.

    step: `whole` when no guest uses the volume; else `prepare` (answered with the overlay's path,
    for compute to let the guest go on in, or without one when nothing else is needed), `finish` or
    `cancel`.
    """

    snapshot_id: str
    generation: int
    volume_id: str
    step: str = "whole"


class DeleteSnapshot(Message, contract=WORKER):
    """Let go of a snapshot."""

    snapshot_id: str
    generation: int
    volume_id: str


class ManageSnapshot(Message, contract=WORKER):
    """Take over a snapshot that was left by UnmanageSnapshot."""

    snapshot_id: str
    generation: int
    volume_id: str
    name: str


class UnmanageSnapshot(Message, contract=WORKER):
    """Keep a snapshot under a name, and forget it."""

    snapshot_id: str
    generation: int
    volume_id: str
    name: str


class CreateBackup(Message, contract=WORKER):
    """Keep what a volume or a snapshot holds.

    kind: `volume` or `snapshot`, of source_id.  parent: the data of an earlier backup, or empty.
    """

    backup_id: str
    generation: int
    data_id: str
    kind: str
    source_id: str
    parent: str


class RestoreBackup(Message, contract=WORKER):
    """Bring what was kept into a volume, which is made where it is missing."""

    backup_id: str
    generation: int
    data_id: str
    volume_id: str
    size_gib: int
    spec: dict[str, object]


class DeleteBackup(Message, contract=WORKER):
    """Let go of a backup.  data: whether nobody else needs what was kept."""

    backup_id: str
    generation: int
    data_id: str
    data: bool


class BackupReport(Message, contract=CONTROLLER):
    """How an order for a backup ended.  facts: `chunks` that were new."""

    backup_id: str
    generation: int
    verb: str
    host: str
    fault: str
    facts: dict[str, object]


class VolumeReport(Message, contract=CONTROLLER):
    """How an order for a volume ended.

    fault: empty for success, else the sentence for the user.  facts: what the driver found: size
    in bytes of the image's content, the format of a managed file.
    step: of a verb that has several.
    """

    volume_id: str
    generation: int
    verb: str
    host: str
    fault: str
    facts: dict[str, object]
    step: str = ""


class SnapshotReport(Message, contract=CONTROLLER):
    """How an order for a snapshot ended.

    step: see CreateSnapshot.  facts: `path` of an overlay that was prepared.
    """

    snapshot_id: str
    generation: int
    verb: str
    host: str
    fault: str
    step: str
    facts: dict[str, object]


class PoolReport(Message, contract=CONTROLLER):
    """What a host's pool has; its regular coming is the sign of life.

    figures: backend, pool, protocol, total_gib, free_gib, provisioned_gib, oversubscription,
    importable (name and GiB of files that wait to be taken over).
    volumes, snapshots: the ids of all that the pool holds.
    exports: the ids of what is served to other hosts; None: this host serves nothing.
    """

    host: str
    figures: dict[str, object]
    volumes: list[str]
    snapshots: list[str]
    at: float
    exports: list[str] | None = None
