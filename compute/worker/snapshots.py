"""Images made of guests: written beside the guests, then brought to the image service."""

import logging
import pathlib

from common.context import RequestContext
from common.rpc import handles
from compute.clients import ImageService
from compute.rpc import contract
from compute.worker.carrying import Carrier
from compute.worker.guests import Guests

LOG = logging.getLogger(__name__)


class SnapshotOrders:
    """directory: where images wait for their upload, each named by its id."""

    def __init__(
        self, carrier: Carrier, guests: Guests, images: ImageService, directory: pathlib.Path
    ) -> None:
        self._carrier = carrier
        self._guests = guests
        self._images = images
        self._directory = directory

    def clean(self) -> None:
        """Remove what an earlier process left half done; whoever still wants it orders it again."""
        for leftover in self._directory.glob("*") if self._directory.is_dir() else ():
            leftover.unlink(missing_ok=True)

    @handles(contract.SnapshotServer)
    def snapshot(self, ctx: RequestContext, order: contract.SnapshotServer) -> None:
        self._carrier.carry_out(ctx, order, order.verb, lambda: self._snapshot(ctx, order))

    def _snapshot(self, ctx: RequestContext, order: contract.SnapshotServer) -> None:
        driver = self._guests.holder(order.server_id)
        if order.stop:
            driver.stop(order.server_id, grace_s=order.grace_s)
        if self._images.status(order.image_id) == "active":
            return
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._directory / order.image_id
        try:
            driver.snapshot(order.server_id, path, go_on=lambda: self._carrier.go_on(order))
            self._carrier.step(ctx, order, order.uploading)
            self._images.upload(order.image_id, path, go_on=lambda: self._carrier.go_on(order))
        finally:
            path.unlink(missing_ok=True)
