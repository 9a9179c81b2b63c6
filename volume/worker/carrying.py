"""How an order is carried out: in its resource's turn, and reported however it ends."""

import logging
import time
from collections.abc import Callable
from typing import Any

from common.context import RequestContext
from common.errors import CloudError
from common.rpc import Bus
from common.turns import Turns
from volume.rpc import contract

LOG = logging.getLogger(__name__)
Facts = dict[str, object]


class Overtaken(CloudError):
    message = "Something else was asked of the volume meanwhile."


class Carrier:
    """What all the rooms of a worker share: turns, and the way back to the controllers."""

    def __init__(self, bus: Bus, host: str) -> None:
        self._bus = bus
        self._host = host
        self._turns = Turns()

    def volume(
        self,
        ctx: RequestContext,
        order: Any,
        verb: str,
        action: Callable[[], Facts | None],
        step: str = "",
    ) -> None:
        """Carry out an order for a volume, and report."""
        with self._turns.take(order.volume_id, order.generation) as matters:
            if not matters:
                LOG.info("%s of volume %s is known or over", verb, order.volume_id)
                return
            fault, facts = _outcome(f"{verb} of volume {order.volume_id}", action)
        self._bus.cast(
            ctx,
            contract.VolumeReport(
                volume_id=order.volume_id,
                generation=order.generation,
                verb=verb,
                host=self._host,
                fault=fault,
                facts=facts,
                step=step,
            ),
        )

    def snapshot(
        self,
        ctx: RequestContext,
        order: Any,
        verb: str,
        action: Callable[[], Facts | None],
        step: str = "whole",
    ) -> None:
        """Carry out an order for a snapshot, and report."""
        with self._turns.take(f"{order.snapshot_id} {step}", order.generation) as matters:
            if not matters:
                LOG.info("%s of snapshot %s is known or over", verb, order.snapshot_id)
                return
            fault, facts = _outcome(f"{verb} of snapshot {order.snapshot_id}", action)
        self._bus.cast(
            ctx,
            contract.SnapshotReport(
                snapshot_id=order.snapshot_id,
                generation=order.generation,
                verb=verb,
                host=self._host,
                fault=fault,
                step=step,
                facts=facts,
            ),
        )

    def backup(
        self, ctx: RequestContext, order: Any, verb: str, action: Callable[[], Facts | None]
    ) -> None:
        """Carry out an order for a backup, and report."""
        with self._turns.take(order.backup_id, order.generation) as matters:
            if not matters:
                LOG.info("%s of backup %s is known or over", verb, order.backup_id)
                return
            fault, facts = _outcome(f"{verb} of backup {order.backup_id}", action)
        self._bus.cast(
            ctx,
            contract.BackupReport(
                backup_id=order.backup_id,
                generation=order.generation,
                verb=verb,
                host=self._host,
                fault=fault,
                facts=facts,
            ),
        )

    def still(self, order: Any) -> None:
        """Return while an order for a backup still matters.  Raises Overtaken."""
        if self._turns.is_over(order.backup_id, order.generation):
            raise Overtaken()

    def go_on(self, order: Any) -> None:
        """Return while the order still matters.  Raises Overtaken once a newer one was heard of."""
        if self._turns.is_over(order.volume_id, order.generation):
            raise Overtaken()


def _outcome(what: str, action: Callable[[], Facts | None]) -> tuple[str, Facts]:
    """Do it and return the sentence for the user when it failed, and what was found out."""
    started = time.monotonic()
    try:
        facts = action() or {}
    except (CloudError, OSError) as error:
        LOG.warning("%s failed: %s", what, error)
        return str(error) or type(error).__name__, {}
    LOG.info("%s took %.3f s", what, time.monotonic() - started)
    return "", facts
