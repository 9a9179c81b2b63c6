"""The keys of encrypted volumes on their way to QEMU: libvirt holds them in memory, for no reader.

They are gone when libvirtd ends, so they are given before whatever needs them.
"""

import pathlib
from collections.abc import Mapping
from xml.etree import ElementTree

import libvirt

from compute.drivers.base import GuestFault
from compute.drivers.kvm.libvirt import Connection, faults, tolerated


class Secrets:
    """Each has the id of its volume."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def give(self, keys: Mapping[str, pathlib.Path]) -> None:
        """Let libvirt know keys.  keys: volume id to the file that has it.  Raises GuestFault."""
        for volume_id, path in keys.items():
            try:
                value = path.read_bytes()
            except OSError as error:
                raise GuestFault(
                    reason=f"The key of volume {volume_id} cannot be read on this host."
                ) from error
            with faults("giving libvirt a key"):
                known = self._connection.get().secretDefineXML(_definition(volume_id))
                known.setValue(value, 0)

    def take(self, volume_id: str) -> None:
        """Let libvirt forget a key; one that it does not know is a success."""
        with faults("taking a key from libvirt"), tolerated(libvirt.VIR_ERR_NO_SECRET):
            self._connection.get().secretLookupByUUIDString(volume_id).undefine()


def _definition(volume_id: str) -> str:
    root = ElementTree.Element("secret", ephemeral="yes", private="yes")
    ElementTree.SubElement(root, "uuid").text = volume_id
    usage = ElementTree.SubElement(root, "usage", type="volume")
    ElementTree.SubElement(usage, "volume").text = volume_id
    return ElementTree.tostring(root, encoding="unicode")
