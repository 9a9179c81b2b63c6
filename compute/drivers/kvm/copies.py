"""Copies of a guest's disk: one file that needs no other, as the disk was at one moment."""

import logging
import pathlib
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import libvirt

from common import errors, process
from compute.drivers.base import GuestFault
from compute.drivers.kvm.libvirt import Connection, tolerated

LOG = logging.getLogger(__name__)
LOOK_S = 1.0
CONVERT_TIMEOUT_S = 7200


def copy(
    connection: Connection,
    domain: Any,
    disk: pathlib.Path,
    target: pathlib.Path,
    go_on: Callable[[], None],
) -> None:
    """Write the disk, and what it lies over, to a qcow2 file of its own.

    A guest that runs goes on meanwhile; the copy is of the moment it began.
    go_on: asked now and then; what it raises ends the copying.  Raises libvirtError, GuestFault.
    """
    end_earlier(domain)
    go_on()
    target.unlink(missing_ok=True)
    if domain.isActive() and _live(connection, domain, target, go_on):
        return
    target.unlink(missing_ok=True)
    convert = ["qemu-img", "convert", "-f", "qcow2", "-O", "qcow2", str(disk), str(target)]
    try:
        process.run(convert, timeout_s=CONVERT_TIMEOUT_S)
    except errors.CloudError as error:
        raise GuestFault(reason=f"The guest's disk was not copied: {error}") from error


def end_earlier(domain: Any) -> None:
    """End the copying that a process before this one began."""
    if domain.isActive() and _under_way(domain):
        LOG.warning("a copy of the disk of %s was left half done, and is ended", domain.name())
        with tolerated(libvirt.VIR_ERR_OPERATION_INVALID):
            domain.abortJob()


def _live(
    connection: Connection, domain: Any, target: pathlib.Path, go_on: Callable[[], None]
) -> bool:
    """Copy beside the running guest; False when the guest went off before the copy was whole."""
    domain.backupBegin(_request(domain, target), None, 0)
    try:
        while not connection.wait(lambda: not _under_way(domain), LOOK_S):
            go_on()
    except BaseException:
        with tolerated(libvirt.VIR_ERR_OPERATION_INVALID):
            domain.abortJob()
        raise
    if not domain.isActive():
        return False
    ended = domain.jobStats(libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED)
    if not ended.get("success", True):
        reason = ended.get("errmsg", "the copying was ended")
        raise GuestFault(reason=f"The guest's disk was not copied: {reason}")
    return True


def _under_way(domain: Any) -> bool:
    try:
        kind: int = domain.jobInfo()[0]
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID:  # it is off
            return False
        raise
    return kind in (libvirt.VIR_DOMAIN_JOB_BOUNDED, libvirt.VIR_DOMAIN_JOB_UNBOUNDED)


def _request(domain: Any, target: pathlib.Path) -> str:
    """Return what libvirt is asked for: all of the first disk, nothing of the others."""
    root = ElementTree.Element("domainbackup", mode="push")
    disks = ElementTree.SubElement(root, "disks")
    for number, name in enumerate(re.findall(r"<target dev='(\w+)' bus=", domain.XMLDesc(0))):
        wanted = ElementTree.SubElement(disks, "disk", name=name)
        if number:
            wanted.set("backup", "no")
            continue
        wanted.set("type", "file")
        ElementTree.SubElement(wanted, "driver", type="qcow2")
        ElementTree.SubElement(wanted, "target", file=str(target))
    return ElementTree.tostring(root, encoding="unicode")
