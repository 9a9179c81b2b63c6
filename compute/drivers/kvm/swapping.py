"""A disk of a running guest copied to another file, in which the guest goes on.

QEMU copies while the guest writes to both; when they are the same, libvirt turns the guest and its
definition to the new file.  The guest's device stays as it is, so it keeps the old volume's serial
and alias until the guest starts anew: a running guest's disk is found by its target.
"""

import contextlib
import pathlib
from collections.abc import Callable
from typing import Any

import libvirt

from common import qcow2
from compute.drivers.base import Disk, GuestFault
from compute.drivers.kvm import definition, disks
from compute.drivers.kvm.libvirt import Connection, tolerated

LOOK_S = 1.0
FLAGS = libvirt.VIR_DOMAIN_BLOCK_COPY_REUSE_EXT | libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB


def swap(
    connection: Connection, domain: Any, old_id: str, disk: Disk, go_on: Callable[[], None]
) -> None:
    """Swap a volume of a guest that is on; each step that is done already stays.

    go_on: asked now and then; what it raises ends the copying.  Raises libvirtError, GuestFault.
    """
    file = disk.path.resolve()
    if disk.volume_id != old_id and definition.disk_of_volume(_later(domain), disk.volume_id):
        return
    mine = _mine(domain, old_id)
    target, size = definition.target_of(mine), disk.size or qcow2.virtual_size(file)
    if definition.source_of(mine) != file:
        if not domain.isActive():
            raise GuestFault(reason="The guest is off; a volume is swapped while it is on.")
        _go_over(connection, domain, target, disk, go_on)
        mine = _mine(domain, old_id)
    if domain.isActive() and domain.blockInfo(target)[0] < size:
        domain.blockResize(target, size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)
    renamed = definition.renamed(mine, disk.volume_id, file, disk.format, _secret(disk))
    domain.updateDeviceFlags(renamed, libvirt.VIR_DOMAIN_AFFECT_CONFIG)


def _go_over(
    connection: Connection, domain: Any, target: str, disk: Disk, go_on: Callable[[], None]
) -> None:
    """Copy, and turn the guest to the copy; a copying that is under way is gone on with.

    QEMU copies only to what is as large, so a larger file gets its size back afterwards.
    """
    file = disk.path.resolve()
    now = _now(domain, target)
    if definition.source_of(now) == file:
        return
    under_way = definition.mirror_of(now)
    if under_way is not None and under_way[0] != file:
        _end(domain, target)
        under_way = None
    try:
        if under_way is None:
            go_on()
            disks.cut(file, disk.format, domain.blockInfo(target)[0], disk.key)
            domain.blockCopy(target, definition.copy(file, disk.format, _secret(disk)), {}, FLAGS)
        while not connection.wait(lambda: _settled(domain, target), LOOK_S):
            go_on()
        _turn(domain, target, file)
    except BaseException:
        _end(domain, target)
        if disk.size:
            disks.cut(file, disk.format, disk.size, disk.key)
        raise


def _secret(disk: Disk) -> str:
    return disk.volume_id if disk.key else ""


def _settled(domain: Any, target: str) -> bool:
    """Tell whether a copying is whole, or has ended without."""
    if not domain.isActive():
        return True
    mirror = definition.mirror_of(_now(domain, target))
    return mirror is None or mirror[1]


def _turn(domain: Any, target: str, file: pathlib.Path) -> None:
    if not domain.isActive():
        raise GuestFault(reason="The guest went off while its volume was copied.")
    if definition.mirror_of(_now(domain, target)) is None:
        raise GuestFault(reason="The volume was not copied: writing to the new one failed.")
    domain.blockJobAbort(target, libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT)
    if definition.source_of(_now(domain, target)) != file:
        raise GuestFault(reason="The guest did not go over to the new volume.")


def _end(domain: Any, target: str) -> None:
    """End a copying, whole or not; none is a success."""
    with contextlib.suppress(GuestFault):
        if domain.isActive() and definition.mirror_of(_now(domain, target)) is not None:
            with tolerated(libvirt.VIR_ERR_OPERATION_INVALID):
                domain.blockJobAbort(target, 0)


def _now(domain: Any, target: str) -> str:
    """Return a running guest's disk.  Raises GuestFault."""
    found = definition.disk_at(domain.XMLDesc(0), target)
    if found is None:
        raise GuestFault(reason=f"The guest has no disk {target}.")
    return found


def _mine(domain: Any, volume_id: str) -> str:
    found = definition.disk_of_volume(_later(domain), volume_id)
    if found is None:
        raise GuestFault(reason=f"The guest has no volume {volume_id}.")
    return found


def _later(domain: Any) -> str:
    return str(domain.XMLDesc(libvirt.VIR_DOMAIN_XML_INACTIVE))
