"""What a driver promises beside its own whose volumes other hosts can use."""

import abc
import dataclasses
import pathlib

from common.qcow2 import escaped
from volume.drivers.base import Spec


@dataclasses.dataclass(frozen=True)
class Opened:
    """How QEMU's programs open a volume.

    words: the options that come first, secrets.  blockdev: the block device, without its name.
    """

    words: list[str]
    blockdev: str


@dataclasses.dataclass(frozen=True)
class Remote:
    """Where another host serves a volume.

    name: of the export.  host: whose certificate is to answer.
    """

    address: str
    port: int
    name: str
    host: str


class Served(abc.ABC):
    """A pool whose volumes other hosts can use, and that can take theirs."""

    @abc.abstractmethod
    def opened(self, volume_id: str) -> Opened:
        """Return how a volume is opened to write to it.  Raises VolumeMissing."""

    @abc.abstractmethod
    def receive(self, volume_id: str, size_gib: int, spec: Spec, source: Opened) -> None:
        """Have a volume with the content of one of another host, whatever was there.

        Raises PoolFault.
        """


def reached(source: Remote, certificates: pathlib.Path, *, patience_s: int = 20) -> Opened:
    """Return how this host opens what another serves.

    patience_s: for how long it is tried again, at first and after the way was cut.
    """
    where = f"server.type=inet,server.host={source.address},server.port={source.port}"
    patience = f"open-timeout={patience_s},reconnect-delay={patience_s}"
    secured = f"tls-creds=tls,tls-hostname={source.host}"
    words = f"tls-creds-x509,id=tls,dir={escaped(certificates)},endpoint=client"
    blockdev = f"driver=nbd,{where},export={source.name},{secured},{patience}"
    return Opened(["--object", words], blockdev)
