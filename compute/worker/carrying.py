"""How an order is carried out: in its server's turn, and reported however it ends."""

import logging
import time
from collections.abc import Callable
from typing import Any

from common.context import RequestContext
from common.errors import CloudError
from common.rpc import Bus
from common.turns import Turns
from compute.rpc import contract

LOG = logging.getLogger(__name__)


class Overtaken(CloudError):
    message = "Something else was asked of the server meanwhile."


class Carrier:
    """What all the rooms of a worker share: turns, and the way back to the controllers."""

    def __init__(self, bus: Bus, host: str) -> None:
        self._bus = bus
        self._host = host
        self._turns = Turns()

    def carry_out(
        self, ctx: RequestContext, order: Any, verb: str, action: Callable[[], None]
    ) -> None:
        """Do it in the server's turn and report how it ended."""
        with self._turns.take(order.server_id, order.generation) as matters:
            if not matters:
                LOG.info("%s of server %s is known or over", verb, order.server_id)
                return
            fault = _fault_of(order.server_id, verb, action)
        self._bus.cast(
            ctx,
            contract.ServerReport(
                server_id=order.server_id,
                generation=order.generation,
                verb=verb,
                host=self._host,
                fault=fault,
                at=time.time(),
            ),
        )

    def step(self, ctx: RequestContext, order: Any, task: str) -> None:
        """Tell how far it has come: the task that users see from now on."""
        self._bus.cast(
            ctx,
            contract.ServerStep(server_id=order.server_id, generation=order.generation, task=task),
        )

    def go_on(self, order: Any) -> None:
        """Return while the order still matters.  Raises Overtaken once a newer one was heard of."""
        if self._turns.is_over(order.server_id, order.generation):
            raise Overtaken()


def _fault_of(server_id: str, verb: str, action: Callable[[], None]) -> str:
    """Do it and return the sentence for the user when it failed, else nothing."""
    started = time.monotonic()
    try:
        action()
    except CloudError as error:
        LOG.warning("%s of server %s failed: %s", verb, server_id, error)
        return str(error) or type(error).__name__
    LOG.info("%s of server %s took %.3f s", verb, server_id, time.monotonic() - started)
    return ""
