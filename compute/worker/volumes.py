"""Orders about guests' volumes."""

import pathlib
from collections.abc import Mapping
from typing import Any

from common import rbd
from common.context import RequestContext
from common.nbd import Remote
from common.rpc import handles
from compute import states
from compute.drivers.base import Disk, GuestFault, Volumes
from compute.rpc import contract
from compute.worker.carrying import Carrier
from compute.worker.guests import Guests


def disk_of(facts: Mapping[str, Any]) -> Disk:
    """Return a volume as drivers know it.  Raises GuestFault for one that no driver can reach."""
    connection = facts["connection"]
    key = connection.get("key_path") if connection.get("encrypted") else None
    readable = key is not None or not connection.get("encrypted")
    way = connection.get("driver_volume_type")
    if way not in ("file", "nbd", "rbd") or not readable:
        raise GuestFault(
            reason=f"This host cannot reach volume {facts['volume_id']}: it is kept in a way that "
            "no driver here knows."
        )
    return Disk(
        volume_id=facts["volume_id"],
        path=pathlib.Path(connection.get("device_path", "")),
        format=connection["format"],
        device=facts["device"],
        boot_index=facts["boot_index"],
        bus=facts["bus"],
        device_type=facts["device_type"],
        tag=facts["tag"],
        read_only=connection.get("access_mode") == "ro",
        shared=bool(facts["multiattach"]),
        key=pathlib.Path(key) if key else None,
        size=int(connection.get("size") or 0) << 30,
        remote=_remote(connection) if way != "file" else None,
        root_fs=bool(connection.get("root_fs")),
    )


def _remote(connection: Mapping[str, Any]) -> Remote | rbd.Image:
    if connection["driver_volume_type"] == "rbd":
        return rbd.told(connection)
    port, host = int(connection["port"]), connection["tls_hostname"]
    return Remote(connection["address"], port, connection["name"], host)


class VolumeOrders:
    """Carries out what is ordered of guests' volumes."""

    def __init__(self, carrier: Carrier, guests: Guests) -> None:
        self._carrier = carrier
        self._guests = guests

    @handles(contract.AttachVolume)
    def attach(self, ctx: RequestContext, order: contract.AttachVolume) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.ATTACH_VOLUME.name,
            lambda: self._driver(order).attach_volume(order.server_id, disk_of(order.disk)),
        )

    @handles(contract.DetachVolume)
    def detach(self, ctx: RequestContext, order: contract.DetachVolume) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.DETACH_VOLUME.name,
            lambda: self._driver(order).detach_volume(order.server_id, order.volume_id),
        )

    @handles(contract.ExtendVolume)
    def extend(self, ctx: RequestContext, order: contract.ExtendVolume) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.EXTEND_VOLUME.name,
            lambda: self._driver(order).extend_volume(order.server_id, order.volume_id, order.size),
        )

    @handles(contract.SnapshotVolume)
    def snapshot(self, ctx: RequestContext, order: contract.SnapshotVolume) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.SNAPSHOT_VOLUME.name,
            lambda: self._driver(order).snapshot_volume(
                order.server_id, order.volume_id, pathlib.Path(order.new_file)
            ),
        )

    @handles(contract.SwapVolume)
    def swap(self, ctx: RequestContext, order: contract.SwapVolume) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.SWAP_VOLUME.name,
            lambda: self._driver(order).swap_volume(
                order.server_id,
                order.volume_id,
                disk_of(order.disk),
                go_on=lambda: self._carrier.go_on(order),
            ),
        )

    def _driver(self, order: Any) -> Volumes:
        driver = self._guests.holder(order.server_id)
        if not isinstance(driver, Volumes):
            raise GuestFault(reason="This kind of guest takes no volumes.")
        return driver
