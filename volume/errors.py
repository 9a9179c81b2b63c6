"""Volume's errors."""

from common import errors


class VolumeNotFound(errors.NotFound):
    message = "Volume {volume_id} could not be found."


class SnapshotNotFound(errors.NotFound):
    message = "Snapshot {snapshot_id} could not be found."


class AttachmentNotFound(errors.NotFound):
    message = "Volume attachment could not be found with filter: attachment_id = {attachment_id}."


class TypeNotFound(errors.NotFound):
    message = "Volume type {type_id} could not be found."


class ImageItemNotFound(errors.NotFound):
    message = "Volume {volume_id} has no image metadata with key {key}."


class InvalidVolume(errors.BadRequest):
    message = "Invalid volume: {reason}"


class InvalidSnapshot(errors.BadRequest):
    message = "Invalid snapshot: {reason}"


class InvalidInput(errors.BadRequest):
    message = "Invalid input received: {reason}"


class UsedByServer(errors.Conflict):
    message = (
        "Detach volume from instance {server_id} using the Compute API: a server uses it, and "
        "only compute knows when the guest has let go."
    )


class PortsTaken(errors.Conflict):
    message = (
        "Host {host} serves {count} volumes to others already, and has no port for one more; "
        "`[volume] export_ports` says how many it has."
    )


class VolumeBusy(errors.BadRequest):
    message = (
        "Invalid volume: Volume {volume_id} has status {status} and cannot {verb} now; "
        "it could with status {wanted}."
    )


class SnapshotBusy(errors.BadRequest):
    message = (
        "Invalid snapshot: Snapshot {snapshot_id} has status {status} and cannot {verb} now; "
        "it could with status {wanted}."
    )


class BackupBusy(errors.BadRequest):
    message = (
        "Invalid backup: Backup {backup_id} has status {status} and cannot {verb} now; "
        "it could with status {wanted}."
    )


class QuotaExceeded(errors.CloudError):
    """More than the project may have.  Source: Block Storage API v3, 413 `overLimit`."""

    status = 413
    message = "{name}: {resource} asked for: {requested}; in use: {used}; the limit is {limit}."
