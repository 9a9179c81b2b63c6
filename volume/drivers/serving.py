"""What a driver promises beside its own whose volumes other hosts can use."""

import abc
import dataclasses
import pathlib

from common.nbd import Remote, blockdev, credentials
from volume.drivers.base import Spec

PATIENCE_S = 30
"""For how long a host waits for another one to serve, which it may be asked for a second time."""


@dataclasses.dataclass(frozen=True)
class Opened:
    """How QEMU's programs open a volume.

    words: the options that come first, secrets.  blockdev: the block device, without its name.
    """

    words: list[str]
    blockdev: str


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


def reached(source: Remote, certificates: pathlib.Path) -> Opened:
    """Return how this host opens what another serves."""
    return Opened(credentials(certificates), blockdev(source, PATIENCE_S, PATIENCE_S))
