"""Orders for backups: volumes into the store, and back."""

from common.context import RequestContext
from common.rpc import handles
from volume import states
from volume.drivers.backups import BackupStore
from volume.drivers.base import Driver
from volume.rpc import contract
from volume.worker.carrying import Carrier, Facts
from volume.worker.volumes import spec_of


class BackupOrders:
    """Carries out what is ordered of backups."""

    def __init__(self, carrier: Carrier, driver: Driver, store: BackupStore) -> None:
        self._carrier = carrier
        self._driver = driver
        self._store = store

    @handles(contract.CreateBackup)
    def create(self, ctx: RequestContext, order: contract.CreateBackup) -> None:
        self._carrier.backup(ctx, order, states.BACK_UP.name, lambda: self._create(order))

    def _create(self, order: contract.CreateBackup) -> Facts:
        with self._driver.content(order.kind, order.source_id) as content:
            kept = self._store.write(
                order.data_id,
                content.path,
                order.parent,
                go_on=lambda: self._carrier.still(order),
                sealed=content.encrypted,
            )
        return {"chunks": kept.chunks}

    @handles(contract.RestoreBackup)
    def restore(self, ctx: RequestContext, order: contract.RestoreBackup) -> None:
        self._carrier.backup(ctx, order, states.BACKUP_RESTORE.name, lambda: self._restore(order))

    def _restore(self, order: contract.RestoreBackup) -> None:
        known = (order.volume_id, order.size_gib, spec_of(order.spec))
        with self._driver.replacing(*known) as path:
            self._store.read(order.data_id, path, go_on=lambda: self._carrier.still(order))

    @handles(contract.DeleteBackup)
    def delete(self, ctx: RequestContext, order: contract.DeleteBackup) -> None:
        self._carrier.backup(ctx, order, states.BACKUP_DELETE.name, lambda: self._delete(order))

    def _delete(self, order: contract.DeleteBackup) -> None:
        if order.data:
            self._store.delete(order.data_id)
