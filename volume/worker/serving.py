"""Orders about volumes that other hosts use, and those that move between hosts."""

import dataclasses
import pathlib

from common.context import RequestContext
from common.errors import CloudError
from common.nbd import Remote
from common.rpc import handles
from volume import states
from volume.drivers.base import Driver, PoolFault
from volume.drivers.exports import Export, Exports
from volume.drivers.serving import Served, reached
from volume.rpc import contract
from volume.worker.carrying import LOG, Carrier
from volume.worker.volumes import spec_of


class ServingOrders:
    """Carries out what is ordered.  exports: None where this host serves nothing.

    tls: this host's certificate.
    """

    def __init__(
        self, carrier: Carrier, driver: Driver, exports: Exports | None, tls: pathlib.Path
    ) -> None:
        self._carrier = carrier
        self._driver = driver
        self._exports = exports
        self._tls = tls

    @handles(contract.ServeVolume)
    def serve(self, ctx: RequestContext, order: contract.ServeVolume) -> None:
        """Serve a volume; where that fails it is ordered again after the next report."""
        if self._exports is None:
            LOG.error("volume %s is not served: this host has no certificate", order.volume_id)
            return
        facts = {one.name: getattr(order, one.name) for one in dataclasses.fields(Export)}
        try:
            self._exports.serve(Export(**facts))
        except CloudError as error:
            LOG.error("volume %s is not served to %s: %s", order.volume_id, order.client, error)

    @handles(contract.StopServing)
    def stop(self, ctx: RequestContext, order: contract.StopServing) -> None:
        if self._exports is not None:
            self._exports.stop(order.export_id)

    @handles(contract.ReceiveVolume)
    def receive(self, ctx: RequestContext, order: contract.ReceiveVolume) -> None:
        self._carrier.volume(
            ctx, order, states.MIGRATE.name, lambda: self._receive(order), step="copy"
        )

    def _receive(self, order: contract.ReceiveVolume) -> None:
        if not isinstance(self._driver, Served):
            raise PoolFault(reason="The pool of this host takes no volumes of others.")
        given = order.source
        source = Remote(
            str(given["address"]), int(str(given["port"])), str(given["name"]), str(given["host"])
        )
        known = (order.volume_id, order.size_gib, spec_of(order.spec))
        self._driver.receive(*known, reached(source, self._tls))

    @handles(contract.LeaveVolume)
    def leave(self, ctx: RequestContext, order: contract.LeaveVolume) -> None:
        self._carrier.volume(
            ctx, order, states.MIGRATE.name, lambda: self._leave(order), step=order.step
        )

    def _leave(self, order: contract.LeaveVolume) -> None:
        if self._exports is not None:
            self._exports.leave(order.volume_id)
        self._driver.delete(order.volume_id)
