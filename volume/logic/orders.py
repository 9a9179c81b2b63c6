"""The order that carries out what a row says is under way.

The API sends it when the verb begins and the sweep sends it again: both from the row alone.
"""

from typing import Any

from common.messages import Message
from volume import states
from volume.db.models import Backup, Snapshot, Volume
from volume.rpc import contract


def of_volume(volume: Volume) -> tuple[Message, str]:
    """Return the order for the verb under way, and the host it goes to."""
    mark: dict[str, Any] = {"volume_id": volume.id, "generation": volume.generation}
    order, verb = volume.order, volume.verb or ""
    made: dict[str, Message] = {}
    if verb == states.CREATE.name:
        facts = {"size_gib": volume.size_gib, "spec": volume.spec, "source": order["source"]}
        return contract.CreateVolume(**mark, **facts), str(volume.host)
    if verb == states.REIMAGE.name:
        facts = {"size_gib": volume.size_gib, "spec": volume.spec, "source": order["source"]}
        return contract.ReimageVolume(**mark, **facts), str(volume.host)
    if verb == states.EXTEND.name:
        return contract.ExtendVolume(**mark, size_gib=order["size_gib"]), str(volume.host)
    if verb == states.UPLOAD.name:
        facts = {"image_id": order["image_id"], "disk_format": order["disk_format"]}
        return contract.UploadVolume(**mark, **facts), str(volume.host)
    if verb == states.RETYPE.name:
        other = order.get("replacement", "")
        return contract.RetypeVolume(**mark, spec=order["spec"], replacement=other), str(
            volume.host
        )
    if verb == states.REVERT.name:
        facts = {"snapshot_id": order["snapshot_id"], "size_gib": order["size_gib"]}
        return contract.RevertVolume(**mark, **facts), str(volume.host)
    if verb == states.MANAGE.name:
        return contract.ManageVolume(**mark, name=order["name"]), str(volume.host)
    if verb == states.UNMANAGE.name:
        return contract.UnmanageVolume(**mark, name=order["name"]), str(volume.host)
    if verb == states.MIGRATE.name:
        return _of_move(volume, mark)
    made[states.DELETE.name] = contract.DeleteVolume(**mark)
    return made[verb], str(volume.host)


def _of_move(volume: Volume, mark: dict[str, Any]) -> tuple[Message, str]:
    """Return the order for the step that a move has come to; see volume.logic.migrating."""
    order = volume.order
    if order["step"] == "copy":
        way = order["way"]
        source = {name: way[name] for name in ("address", "port", "name")}
        facts = {"size_gib": volume.size_gib, "spec": order["spec"]}
        source["host"] = way["tls_hostname"]
        return contract.ReceiveVolume(**mark, **facts, source=source), order["target"]
    host = order["source" if order["step"] == "remove" else "target"]
    return contract.LeaveVolume(**mark, step=order["step"]), host


def of_backup(backup: Backup) -> tuple[Message, str]:
    """Return the order for the verb under way, and the host it goes to."""
    mark: dict[str, Any] = {
        "backup_id": backup.id,
        "generation": backup.generation,
        "data_id": backup.data_id,
    }
    order = backup.order
    if backup.verb == states.BACK_UP.name:
        facts = {key: order[key] for key in ("kind", "source_id", "parent")}
        return contract.CreateBackup(**mark, **facts), backup.host
    if backup.verb == states.BACKUP_RESTORE.name:
        facts = {key: order[key] for key in ("volume_id", "size_gib", "spec")}
        return contract.RestoreBackup(**mark, **facts), backup.host
    return contract.DeleteBackup(**mark, data=order["data"]), backup.host


def of_snapshot(snapshot: Snapshot, host: str) -> tuple[Message, str]:
    """Return the order for the verb under way.  host: where the volume is."""
    mark: dict[str, Any] = {
        "snapshot_id": snapshot.id,
        "generation": snapshot.generation,
        "volume_id": snapshot.volume_id,
    }
    verb, order = snapshot.verb or "", snapshot.order
    if verb == states.SNAP.name:
        return contract.CreateSnapshot(**mark, step=order.get("step", "whole")), host
    if verb == states.SNAP_MANAGE.name:
        return contract.ManageSnapshot(**mark, name=order["name"]), host
    if verb == states.SNAP_UNMANAGE.name:
        return contract.UnmanageSnapshot(**mark, name=order["name"]), host
    return contract.DeleteSnapshot(**mark), host
