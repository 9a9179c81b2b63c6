"""Orders for backups: volumes into the store, and back."""

from common.context import RequestContext
from common.rpc import handles
from volume import states
from volume.drivers.backups import BackupStore
from volume.drivers.base import Driver, Image
from volume.rpc import contract
from volume.worker.carrying import Carrier, Facts
from volume.worker.images import Transit
from volume.worker.volumes import spec_of


class BackupOrders:
    """Carries out what is ordered of backups."""

    def __init__(
        self, carrier: Carrier, driver: Driver, transit: Transit, store: BackupStore
    ) -> None:
        self._carrier = carrier
        self._driver = driver
        self._transit = transit
        self._store = store

    @handles(contract.CreateBackup)
    def create(self, ctx: RequestContext, order: contract.CreateBackup) -> None:
        self._carrier.backup(ctx, order, states.BACK_UP.name, lambda: self._create(order))

    def _create(self, order: contract.CreateBackup) -> Facts:
        with self._transit.place() as path:
            if order.kind == "snapshot":
                self._driver.export_snapshot(order.source_id, path)
            else:
                self._driver.export(order.source_id, path, "raw")
            kept = self._store.write(
                order.data_id, path, order.parent, go_on=lambda: self._carrier.still(order)
            )
        return {"chunks": kept.chunks}

    @handles(contract.RestoreBackup)
    def restore(self, ctx: RequestContext, order: contract.RestoreBackup) -> None:
        self._carrier.backup(ctx, order, states.BACKUP_RESTORE.name, lambda: self._restore(order))

    def _restore(self, order: contract.RestoreBackup) -> None:
        spec = spec_of(order.spec)
        with self._transit.place() as path:
            self._store.read(order.data_id, path, go_on=lambda: self._carrier.still(order))
            content = Image(f"backup-{order.data_id}", "", "raw", path)
            known = (order.volume_id, order.size_gib, content, spec)
            if order.volume_id in self._driver.volumes():
                self._driver.replace_by_image(*known)
            else:
                self._driver.create_from_image(*known)

    @handles(contract.DeleteBackup)
    def delete(self, ctx: RequestContext, order: contract.DeleteBackup) -> None:
        self._carrier.backup(ctx, order, states.BACKUP_DELETE.name, lambda: self._delete(order))

    def _delete(self, order: contract.DeleteBackup) -> None:
        if order.data:
            self._store.delete(order.data_id)
