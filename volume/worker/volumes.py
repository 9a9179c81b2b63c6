"""Orders for volumes."""

from collections.abc import Mapping

from common.context import RequestContext
from common.rpc import handles
from volume import states
from volume.drivers.base import Driver, Spec
from volume.drivers.exports import Exports, left, paused
from volume.rpc import contract
from volume.worker.carrying import Carrier, Facts
from volume.worker.images import Transit


class VolumeOrders:
    """Carries out what is ordered of volumes."""

    def __init__(
        self, carrier: Carrier, driver: Driver, transit: Transit, exports: Exports | None = None
    ) -> None:
        self._carrier = carrier
        self._exports = exports
        self._driver = driver
        self._transit = transit

    @handles(contract.CreateVolume)
    def create(self, ctx: RequestContext, order: contract.CreateVolume) -> None:
        self._carrier.volume(ctx, order, states.CREATE.name, lambda: self._create(order))

    def _create(self, order: contract.CreateVolume) -> Facts | None:
        spec, source = spec_of(order.spec), order.source
        known: tuple[str, int] = (order.volume_id, order.size_gib)
        kind = source.get("kind")
        if kind == "image":
            if order.volume_id not in self._driver.volumes():
                with self._transit.fetched(source, self._driver, order.size_gib) as image:
                    self._driver.create_from_image(*known, image, spec)
        elif kind == "snapshot":
            self._driver.create_from_snapshot(*known, str(source["id"]), spec)
        elif kind == "volume":
            left(self._exports, str(source["id"]))
            self._driver.clone(*known, str(source["id"]), spec)
        else:
            self._driver.create(*known, spec)
        return None

    @handles(contract.DeleteVolume)
    def delete(self, ctx: RequestContext, order: contract.DeleteVolume) -> None:
        self._carrier.volume(
            ctx,
            order,
            states.DELETE.name,
            lambda: self._alone(order.volume_id).delete(order.volume_id),
        )

    def _alone(self, volume_id: str) -> Driver:
        """Return the driver, once no other host reaches a volume that nobody uses."""
        left(self._exports, volume_id)
        return self._driver

    @handles(contract.ExtendVolume)
    def extend(self, ctx: RequestContext, order: contract.ExtendVolume) -> None:
        self._carrier.volume(
            ctx,
            order,
            states.EXTEND.name,
            lambda: self._extend(order),
        )

    def _extend(self, order: contract.ExtendVolume) -> None:
        with paused(self._exports, order.volume_id):
            self._driver.extend(order.volume_id, order.size_gib)

    @handles(contract.UploadVolume)
    def upload(self, ctx: RequestContext, order: contract.UploadVolume) -> None:
        self._carrier.volume(ctx, order, states.UPLOAD.name, lambda: self._upload(order))

    def _upload(self, order: contract.UploadVolume) -> None:
        images = self._transit.images
        if images.status(order.image_id) == "active":
            return
        with self._transit.place() as path:
            self._driver.export(order.volume_id, path, order.disk_format)
            images.upload(order.image_id, path, go_on=lambda: self._carrier.go_on(order))

    @handles(contract.RetypeVolume)
    def retype(self, ctx: RequestContext, order: contract.RetypeVolume) -> None:
        self._carrier.volume(
            ctx,
            order,
            states.RETYPE.name,
            lambda: self._retype(order),
        )

    def _retype(self, order: contract.RetypeVolume) -> None:
        if order.replacement:
            self._driver.take_over(order.volume_id, order.replacement)
        else:
            self._alone(order.volume_id).convert(order.volume_id, spec_of(order.spec))

    @handles(contract.RevertVolume)
    def revert(self, ctx: RequestContext, order: contract.RevertVolume) -> None:
        self._carrier.volume(
            ctx,
            order,
            states.REVERT.name,
            lambda: self._alone(order.volume_id).revert(
                order.volume_id, order.snapshot_id, order.size_gib
            ),
        )

    @handles(contract.ReimageVolume)
    def reimage(self, ctx: RequestContext, order: contract.ReimageVolume) -> None:
        self._carrier.volume(ctx, order, states.REIMAGE.name, lambda: self._reimage(order))

    def _reimage(self, order: contract.ReimageVolume) -> None:
        with self._transit.fetched(order.source, self._driver, order.size_gib) as image:
            self._alone(order.volume_id).replace_by_image(
                order.volume_id, order.size_gib, image, spec_of(order.spec)
            )

    @handles(contract.ManageVolume)
    def manage(self, ctx: RequestContext, order: contract.ManageVolume) -> None:
        self._carrier.volume(ctx, order, states.MANAGE.name, lambda: self._manage(order))

    def _manage(self, order: contract.ManageVolume) -> Facts:
        size_gib, form = self._driver.manage(order.volume_id, order.name)
        return {"size_gib": size_gib, "format": form}

    @handles(contract.UnmanageVolume)
    def unmanage(self, ctx: RequestContext, order: contract.UnmanageVolume) -> None:
        self._carrier.volume(
            ctx,
            order,
            states.UNMANAGE.name,
            lambda: self._alone(order.volume_id).unmanage(order.volume_id, order.name),
        )


def spec_of(given: Mapping[str, object]) -> Spec:
    """Return how a volume is kept, as the driver knows it."""
    return Spec(
        format=str(given.get("format", "qcow2")),
        wipe=bool(given.get("wipe")),
        key_id=str(given.get("key_id") or ""),
    )
