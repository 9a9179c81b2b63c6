"""A KVM guest's screen and serial port: sockets that its QEMU listens on."""

import os
import pathlib
import socket

from compute.drivers.base import Consoles, GuestFault, Stream

SEEN = pathlib.PurePath("/var/lib/libvirt/consoles")
"""The sockets' directory as libvirtd and its guests see it; a socket's path has to be short."""
PROTOCOLS = ("vnc", "serial")


def directory(state_dir: pathlib.Path) -> pathlib.Path:
    """Return the same directory as the rest of the host sees it."""
    return state_dir / "libvirt/lib/consoles"


def name(server_id: str, protocol: str) -> str:
    """Return the socket's name."""
    return f"{server_id}.{protocol}"


class KvmConsoles(Consoles):
    """state_dir: the cloud's."""

    def __init__(self, state_dir: pathlib.Path) -> None:
        self._directory = directory(state_dir)
        self._guests = state_dir / "compute/kvm/guests"

    def holds(self, server_id: str) -> bool:
        return (self._guests / server_id).is_dir()

    def open(self, server_id: str, protocol: str) -> Stream:
        if protocol not in PROTOCOLS:
            raise GuestFault(reason=f"A KVM guest has no {protocol} console.")
        link = socket.socket(socket.AF_UNIX)
        try:
            # By the directory's descriptor, since the whole path may be too long for an address.
            above = os.open(self._directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                link.settimeout(5)
                link.connect(f"/proc/self/fd/{above}/{name(server_id, protocol)}")
                link.setblocking(False)
            finally:
                os.close(above)
        except OSError as error:
            link.close()
            raise GuestFault(reason="The guest is off, or its console is in use.") from error
        return Stream(link.fileno(), link.close)


def remove(state_dir: pathlib.Path, server_id: str) -> None:
    """Remove what a guest's QEMU left when it was killed."""
    for protocol in PROTOCOLS:
        (directory(state_dir) / name(server_id, protocol)).unlink(missing_ok=True)
