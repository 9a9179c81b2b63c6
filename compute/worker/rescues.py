"""Guests that are repaired from outside or within: rescue, password, interrupt."""

import contextlib
import logging

from common.context import RequestContext
from common.errors import CloudError
from common.rpc import handles
from compute import states
from compute.drivers.base import GuestFault, Interruptible
from compute.rpc import contract
from compute.worker.carrying import Carrier
from compute.worker.done import Done
from compute.worker.guests import Guests
from compute.worker.images import ImageCache
from compute.worker.servers import spec_of

LOG = logging.getLogger(__name__)


class RescueOrders:
    """done: which orders have changed their guest already; they only see that it runs."""

    def __init__(self, carrier: Carrier, guests: Guests, images: ImageCache, done: Done) -> None:
        self._carrier = carrier
        self._guests = guests
        self._images = images
        self._done = done

    @handles(contract.RescueServer)
    def rescue(self, ctx: RequestContext, order: contract.RescueServer) -> None:
        self._carrier.carry_out(ctx, order, states.RESCUE.name, lambda: self._rescue(order))

    def _rescue(self, order: contract.RescueServer) -> None:
        """Stop, change, start; where that fails, the guest is as it was."""
        driver = self._guests.holder(order.server_id)
        image = self._images.fetch(order.image)
        try:
            if not self._done.is_done(order.server_id, order.generation):
                driver.stop(order.server_id, grace_s=order.grace_s)
                driver.rescue(spec_of(order, image))
                self._done.note(order.server_id, order.generation)
            driver.start(order.server_id)
        except CloudError:
            self._done.forget(order.server_id)
            with contextlib.suppress(CloudError):
                driver.stop(order.server_id, grace_s=0)
                driver.unrescue(order.server_id)
                if order.run:
                    driver.start(order.server_id)
            raise

    @handles(contract.UnrescueServer)
    def unrescue(self, ctx: RequestContext, order: contract.UnrescueServer) -> None:
        self._carrier.carry_out(ctx, order, states.UNRESCUE.name, lambda: self._unrescue(order))

    def _unrescue(self, order: contract.UnrescueServer) -> None:
        driver = self._guests.holder(order.server_id)
        if not self._done.is_done(order.server_id, order.generation):
            driver.stop(order.server_id, grace_s=0)
            driver.unrescue(order.server_id)
            self._done.note(order.server_id, order.generation)
        driver.start(order.server_id)

    @handles(contract.SetPassword)
    def set_password(self, ctx: RequestContext, order: contract.SetPassword) -> None:
        self._carrier.carry_out(
            ctx,
            order,
            states.PASSWORD.name,
            lambda: self._guests.holder(order.server_id).set_password(
                order.server_id, order.password
            ),
        )

    @handles(contract.InterruptServer)
    def interrupt(self, ctx: RequestContext, order: contract.InterruptServer) -> None:
        self._carrier.carry_out(ctx, order, states.CRASH_DUMP.name, lambda: self._interrupt(order))

    def _interrupt(self, order: contract.InterruptServer) -> None:
        driver = self._guests.holder(order.server_id)
        if not isinstance(driver, Interruptible):
            raise GuestFault(reason="This kind of guest has no kernel of its own to interrupt.")
        driver.interrupt(order.server_id)
