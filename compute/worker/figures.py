"""What guests use, told on request, and images that are fetched before they are needed."""

import dataclasses
import logging

from common.context import RequestContext
from common.errors import CloudError
from common.rpc import Bus, handles
from compute.drivers.base import GuestFault, GuestState, Ports
from compute.rpc import contract
from compute.worker.guests import Guests
from compute.worker.images import ImageCache

LOG = logging.getLogger(__name__)


class FiguresOrders:
    """Reads figures and answers with them."""

    def __init__(self, guests: Guests, ports: Ports, bus: Bus) -> None:
        self._guests = guests
        self._ports = ports
        self._bus = bus

    @handles(contract.ReadFigures)
    def read(self, ctx: RequestContext, order: contract.ReadFigures) -> None:
        """Answer with a guest's figures, or with why there are none."""
        found: dict[str, object] = {}
        fault = ""
        try:
            found = self._read(order)
        except CloudError as error:
            fault = str(error)
        answer = contract.FiguresRead(question=order.question, figures=found, fault=fault)
        self._bus.publish(ctx, answer)

    def _read(self, order: contract.ReadFigures) -> dict[str, object]:
        driver = self._guests.holder(order.server_id)
        if driver.state(order.server_id) is not GuestState.RUNNING:
            raise GuestFault(reason="The guest does not run.")
        traffic = self._ports.traffic(set(order.port_ids))
        return {
            **dataclasses.asdict(driver.figures(order.server_id)),
            "hypervisor": driver.hypervisor()["virt_type"],
            "traffic": {port_id: dataclasses.asdict(one) for port_id, one in traffic.items()},
        }


class ImageOrders:
    """Fetches images that somebody expects to need here."""

    def __init__(self, images: ImageCache) -> None:
        self._images = images

    @handles(contract.CacheImages)
    def cache(self, ctx: RequestContext, order: contract.CacheImages) -> None:
        """Have each image's bytes on this host; one that cannot be had is logged."""
        for image in order.images:
            try:
                self._images.fetch(image)
            except CloudError as error:
                LOG.warning("image %s is not kept here: %s", image["id"], error)
