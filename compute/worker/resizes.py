"""Guests that become another size, on the host they are on."""

import contextlib
import logging

from common.context import RequestContext
from common.errors import CloudError
from common.rpc import handles
from compute import states
from compute.drivers.base import Driver, Size
from compute.rpc import contract
from compute.worker.carrying import Carrier
from compute.worker.done import Done
from compute.worker.guests import Guests

LOG = logging.getLogger(__name__)


class ResizeOrders:
    """done: which orders have changed their guest already; they only see that it runs."""

    def __init__(self, carrier: Carrier, guests: Guests, done: Done) -> None:
        self._carrier = carrier
        self._guests = guests
        self._done = done

    @handles(contract.ResizeServer)
    def resize(self, ctx: RequestContext, order: contract.ResizeServer) -> None:
        actions = {
            states.RESIZE.name: self._resize,
            states.REVERT.name: self._revert,
            states.CONFIRM.name: self._confirm,
        }
        action = actions[order.verb]
        self._carrier.carry_out(ctx, order, order.verb, lambda: action(ctx, order))

    def _resize(self, ctx: RequestContext, order: contract.ResizeServer) -> None:
        """Stop, change, start; where that fails, the guest is as it was."""
        driver = self._guests.holder(order.server_id)
        try:
            if not self._done.is_done(order.server_id, order.generation):
                driver.stop(order.server_id, grace_s=order.grace_s)
                self._carrier.step(ctx, order, "resize_migrating")
                driver.resize(order.server_id, Size(**order.size), mark=order.migration)
                self._done.note(order.server_id, order.generation)
            self._carrier.step(ctx, order, "resize_finish")
            if order.run:
                driver.start(order.server_id)
        except CloudError:
            self._done.forget(order.server_id)
            with contextlib.suppress(CloudError):
                self._go_back(driver, order, order.before)
            raise

    def _revert(self, ctx: RequestContext, order: contract.ResizeServer) -> None:
        driver = self._guests.holder(order.server_id)
        if not self._done.is_done(order.server_id, order.generation):
            self._go_back(driver, order, order.size)
            self._done.note(order.server_id, order.generation)
        elif order.run:
            driver.start(order.server_id)

    def _go_back(self, driver: Driver, order: contract.ResizeServer, size: dict[str, int]) -> None:
        driver.stop(order.server_id, grace_s=order.grace_s)
        driver.revert_size(order.server_id, Size(**size), mark=order.migration)
        if order.run:
            driver.start(order.server_id)

    def _confirm(self, ctx: RequestContext, order: contract.ResizeServer) -> None:
        self._guests.holder(order.server_id).confirm_size(order.server_id)
