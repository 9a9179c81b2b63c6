"""The order that carries out what a server's row says is under way.

The API sends it when the verb begins and the sweep sends it again: both from the row alone.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from common.messages import Message
from compute import states
from compute.db.models import BlockDevice, Nic, Server
from compute.rpc import contract
from compute.scheduler import request

SIMPLE: dict[str, type[Message]] = {
    states.START.name: contract.StartServer,
    states.PAUSE.name: contract.PauseServer,
    states.UNPAUSE.name: contract.UnpauseServer,
    states.SUSPEND.name: contract.SuspendServer,
    states.RESUME.name: contract.ResumeServer,
    states.UNRESCUE.name: contract.UnrescueServer,
    states.CRASH_DUMP.name: contract.InterruptServer,
}


def order_for(
    server: Server, nics: Sequence[Nic], devices: Sequence[BlockDevice] = ()
) -> tuple[Message, str | None]:
    """Return the order for the verb under way, and the host it goes to; None: a controller.

    devices: the server's volumes, where the verb makes a guest or is about one of them.
    """
    mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
    verb = server.verb or ""
    if verb in states.BUILDS:
        return _build(server, nics, devices)
    if verb in states.ON_VOLUMES:
        return _on_volume(server, devices)
    if reimages(server):
        return _reimaging(server)
    if verb in states.REBUILDS:
        run = verb == states.REBUILD.name
        return contract.RebuildServer(
            **mark, verb=verb, run=run, **_guest(server, nics, devices)
        ), server.host
    if verb in states.RESIZES:
        return contract.ResizeServer(**mark, verb=verb, **server.order["resize"]), server.host
    if verb == states.RESCUE.name:
        return _rescue(server, nics, devices), server.host
    if verb == states.PASSWORD.name:
        return contract.SetPassword(**mark, password=server.admin_pass or ""), server.host
    if verb in states.IMAGING and server.image_id is None:
        return _image_of_volumes(server)
    if verb in states.IMAGING:
        return _snapshot(server), server.host
    if verb in (states.DELETE.name, states.ABANDON.name, states.OFFLOAD.name):
        return contract.RemoveServer(**mark), None
    if verb in (states.STOP.name, states.SOFT_DELETE.name):
        return contract.StopServer(**mark, verb=verb, **server.order), server.host
    if verb in (states.REBOOT.name, states.REBOOT_HARD.name):
        hard = verb == states.REBOOT_HARD.name
        order = contract.RebootServer(**mark, hard=hard, grace_s=server.order["grace_s"])
        return order, server.host
    if verb == states.ATTACH.name:
        nic = next(one for one in nics if one.port_id == server.order["port_id"])
        return contract.AttachNic(**mark, nic=nic_facts(nic)), server.host
    if verb == states.DETACH.name:
        return contract.DetachNic(**mark, port_id=server.order["port_id"]), server.host
    if verb in (states.UNSHELVE_HERE.name, states.RESTORE.name):
        return contract.StartServer(**mark, verb=verb), server.host
    return SIMPLE[verb](**mark), server.host


def reimages(server: Server) -> bool:
    """Tell whether a server's volume is to get an image's content before its guest is made."""
    return server.verb in states.REBUILDS and bool(server.order.get("reimage"))


def _reimaging(server: Server) -> tuple[Message, str | None]:
    """Return what comes before a guest can be made on a volume with another image's content."""
    mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
    if server.order["reimage"]["gone"]:
        return contract.ReimageVolume(**mark), None
    return contract.DeleteServer(**mark, verb=server.verb or ""), server.host


def _on_volume(server: Server, devices: Sequence[BlockDevice]) -> tuple[Message, str | None]:
    """Return the order about the volume that the server's order names."""
    mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
    volume_id = server.order["volume_id"]
    row = next((one for one in devices if one.volume_id == volume_id), None)
    if server.verb == states.ATTACH_VOLUME.name:
        if row is None or not row.connection:
            return contract.ConnectVolume(**mark), None
        return contract.AttachVolume(**mark, disk=disk_facts(row)), server.host
    mark["volume_id"] = volume_id
    if server.verb == states.SWAP_VOLUME.name:
        return _swap(server, row, devices)
    if server.verb == states.EXTEND_VOLUME.name:
        return contract.ExtendVolume(**mark, size=server.order["size"]), server.host
    if server.verb == states.SNAPSHOT_VOLUME.name:
        return contract.SnapshotVolume(**mark, new_file=server.order["new_file"]), server.host
    return contract.DetachVolume(**mark), server.host


def _swap(
    server: Server, row: BlockDevice | None, devices: Sequence[BlockDevice]
) -> tuple[Message, str | None]:
    """Return the order to go over to the volume that is entering, or what comes before that."""
    mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
    new_id = server.order["new_volume_id"]
    coming = next((one for one in devices if one.volume_id == new_id), None)
    if row is None or coming is None or not coming.connection:
        return contract.ConnectVolume(**mark), None
    disk = disk_facts(row) | {"connection": coming.connection, "multiattach": coming.multiattach}
    if not server.order["stays"]:
        disk["volume_id"] = new_id
    return contract.SwapVolume(**mark, volume_id=row.volume_id, disk=disk), server.host


def device_name(row: BlockDevice) -> str:
    """Return what a volume is called in the guest, also of one that another's name waits for."""
    return row.device.partition("+")[0]


def disk_facts(row: BlockDevice) -> dict[str, Any]:
    """Return a volume as a worker knows it."""
    return {
        "volume_id": row.volume_id,
        "connection": row.connection,
        "boot_index": row.boot_index,
        "device": row.device,
        "bus": row.bus,
        "device_type": row.device_type,
        "tag": row.tag,
        "multiattach": row.multiattach,
    }


def _build(
    server: Server, nics: Sequence[Nic], devices: Sequence[BlockDevice]
) -> tuple[Message, str | None]:
    if server.task_state != "spawning":
        return contract.BuildServer(server_id=server.id, generation=server.generation), None
    order = contract.CreateServer(
        server_id=server.id,
        generation=server.generation,
        verb=server.verb or "",
        **_guest(server, nics, devices),
    )
    return order, server.host


def _rescue(server: Server, nics: Sequence[Nic], devices: Sequence[BlockDevice]) -> Message:
    return contract.RescueServer(
        server_id=server.id,
        generation=server.generation,
        run=server.order["run"],
        grace_s=server.order["grace_s"],
        **_guest(server, nics, devices),
    )


def _snapshot(server: Server) -> Message:
    shelving = server.verb == states.SHELVE.name
    return contract.SnapshotServer(
        server_id=server.id,
        generation=server.generation,
        verb=server.verb or "",
        image_id=server.order["image_id"],
        uploading="shelving_image_uploading" if shelving else "image_uploading",
        stop=shelving,
        grace_s=server.order.get("grace_s", 0),
    )


def _image_of_volumes(server: Server) -> tuple[Message, str | None]:
    """Return what keeps a server that boots from a volume: its volumes hold all there is."""
    mark: dict[str, Any] = {"server_id": server.id, "generation": server.generation}
    if server.verb == states.SHELVE.name:
        grace_s = server.order["grace_s"]
        return contract.StopServer(**mark, verb=states.SHELVE.name, grace_s=grace_s), server.host
    return contract.SnapshotVolumes(**mark), None


def _guest(server: Server, nics: Sequence[Nic], devices: Sequence[BlockDevice]) -> dict[str, Any]:
    return {
        "disks": [disk_facts(row) for row in _present(devices) if row.connection],
        "spec": guest_spec(server),
        "image": server.order.get("image") or server.image,
        "nics": [nic_facts(nic) for nic in nics],
        "facts": guest_facts(server, devices),
    }


def _present(devices: Sequence[BlockDevice]) -> list[BlockDevice]:
    """Leave out what the guest has let go of, though the volume service may not know that yet."""
    return [row for row in devices if row.state not in states.GUEST_LACKS]


def guest_spec(server: Server) -> dict[str, Any]:
    """Return what a worker needs to make the guest, ports and image apart."""
    return {
        "name": server.name,
        "hostname": server.hostname,
        "project_id": server.project_id,
        "user_id": server.user_id,
        **size_of(server.flavor),
        "ephemeral_gib": server.flavor["ephemeral"],
        "swap_mib": server.flavor["swap"],
        "kind": request.kind_of(server.flavor, server.image),
        "config_drive": server.config_drive,
    }


def size_of(flavor: Mapping[str, Any]) -> dict[str, int]:
    """Return a flavor's size as workers know it."""
    return {"vcpus": flavor["vcpus"], "memory_mib": flavor["ram"], "disk_gib": flavor["disk"]}


def nic_facts(nic: Nic) -> dict[str, Any]:
    """Return one port as drivers and seed files know it."""
    return {
        "port_id": nic.port_id or "",
        "mac": nic.mac or "",
        "mtu": nic.mtu,
        "network_id": nic.network_id,
        "tag": nic.tag,
        "addresses": nic.addresses,
    }


def guest_facts(server: Server, devices: Sequence[BlockDevice] = ()) -> dict[str, Any]:
    """Return what the guest is told about itself; see compute.seed.files."""
    return {
        "disks": [
            {"volume_id": row.volume_id, "device": row.device, "tag": row.tag}
            for row in _present(devices)
            if row.tag
        ],
        "id": server.id,
        "name": server.name,
        "hostname": server.hostname,
        "project_id": server.project_id,
        "zone": server.zone,
        "key_name": server.key_name,
        "public_key": server.public_key,
        "user_data": server.user_data,
        "files": server.files,
        "details": server.details,
        "launch_index": server.launch_index,
        "reservation_id": server.reservation_id,
        "admin_pass": server.admin_pass,
        "flavor": server.flavor["name"],
        "image_id": server.image_id,
        "groups": [group["name"] for group in server.security_groups] or ["default"],
    }
