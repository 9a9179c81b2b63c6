"""Orders for snapshots."""

from common.context import RequestContext
from common.rpc import handles
from volume import states
from volume.drivers.base import Driver
from volume.drivers.exports import Exports, paused
from volume.rpc import contract
from volume.worker.carrying import Carrier, Facts


class SnapshotOrders:
    """Carries out what is ordered of snapshots."""

    def __init__(self, carrier: Carrier, driver: Driver, exports: Exports | None = None) -> None:
        self._carrier = carrier
        self._exports = exports
        self._driver = driver

    @handles(contract.CreateSnapshot)
    def create(self, ctx: RequestContext, order: contract.CreateSnapshot) -> None:
        self._carrier.snapshot(
            ctx, order, states.SNAP.name, lambda: self._create(order), order.step
        )

    def _create(self, order: contract.CreateSnapshot) -> Facts | None:
        if order.step == "prepare":
            path = self._driver.prepare_live(order.volume_id, order.snapshot_id)
            return {"path": str(path)} if path else None
        if order.step == "finish":
            self._driver.finish_live(order.volume_id, order.snapshot_id)
        elif order.step == "cancel":
            self._driver.cancel_live(order.snapshot_id)
        else:
            with paused(self._exports, order.volume_id):
                self._driver.snapshot(order.volume_id, order.snapshot_id)
        return None

    @handles(contract.DeleteSnapshot)
    def delete(self, ctx: RequestContext, order: contract.DeleteSnapshot) -> None:
        self._carrier.snapshot(
            ctx,
            order,
            states.SNAP_DELETE.name,
            lambda: self._driver.delete_snapshot(order.snapshot_id),
        )

    @handles(contract.ManageSnapshot)
    def manage(self, ctx: RequestContext, order: contract.ManageSnapshot) -> None:
        self._carrier.snapshot(
            ctx,
            order,
            states.SNAP_MANAGE.name,
            lambda: self._driver.manage_snapshot(order.volume_id, order.snapshot_id, order.name),
        )

    @handles(contract.UnmanageSnapshot)
    def unmanage(self, ctx: RequestContext, order: contract.UnmanageSnapshot) -> None:
        self._carrier.snapshot(
            ctx,
            order,
            states.SNAP_UNMANAGE.name,
            lambda: self._driver.unmanage_snapshot(order.volume_id, order.snapshot_id, order.name),
        )
