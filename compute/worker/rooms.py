"""The rooms of a worker, wired once."""

import dataclasses
import functools
import pathlib

from common.rpc import Bus
from compute.clients import ImageService
from compute.drivers.base import Ports
from compute.worker.carrying import Carrier
from compute.worker.done import Done
from compute.worker.figures import FiguresOrders, ImageOrders
from compute.worker.guests import Guests
from compute.worker.images import ImageCache
from compute.worker.rescues import RescueOrders
from compute.worker.resizes import ResizeOrders
from compute.worker.servers import ServerOrders
from compute.worker.snapshots import SnapshotOrders
from compute.worker.volumes import VolumeOrders


@dataclasses.dataclass(frozen=True)
class Host:
    """What a worker works with.  directory: of compute's own files on this host."""

    name: str
    directory: pathlib.Path
    guests: Guests
    ports: Ports
    images: ImageService
    bus: Bus
    wired_timeout_s: float = 10.0

    @functools.cached_property
    def cache(self) -> ImageCache:
        """The images whose bytes are on this host."""
        return ImageCache(self.directory / "images", self.images)

    def keep_house(self) -> None:
        """Let go of what no longer matters."""
        self.cache.forget_deleted(self.guests)


def rooms(host: Host) -> list[object]:
    """Return what listens for a host's orders; what earlier processes left is cleared away."""
    carrier = Carrier(host.bus, host.name)
    cache = host.cache
    done = Done(host.directory / "done")
    servers = ServerOrders(
        carrier,
        host.guests,
        cache,
        done,
        host.ports,
        host.bus,
        wired_timeout_s=host.wired_timeout_s,
    )
    snapshots = SnapshotOrders(carrier, host.guests, host.images, host.directory / "snapshots")
    snapshots.clean()
    return [
        servers,
        snapshots,
        ResizeOrders(carrier, host.guests, done),
        RescueOrders(carrier, host.guests, cache, done),
        VolumeOrders(carrier, host.guests),
        FiguresOrders(host.guests, host.ports, host.bus),
        ImageOrders(cache),
    ]
