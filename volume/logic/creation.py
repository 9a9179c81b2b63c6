"""New volumes: what was asked for becomes a row with a place, and an order."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from volume import errors, states
from volume.clients import ImageService
from volume.db import groups, quotas, types, volumes
from volume.db.models import Volume, VolumeType
from volume.logic import encrypting, messages, orders, progress, sources
from volume.logic.placing import Placing
from volume.logic.sources import Source


class Creation:
    """Asks for volumes.

    quota: the configured limits.  zone: the only one there is.  default_type: by name.
    """

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        placing: Placing,
        clock: Clock,
        *,
        quota: Mapping[str, int],
        zone: str,
        default_type: str,
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._placing = placing
        self._clock = clock
        self._quota = quota
        self._zone = zone
        self._default_type = default_type

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Volume:
        """Return a new volume, and have it made.

        wanted: size (GiB or None), name, description, type, zone, metadata, image_id,
        snapshot_id, source_volid, multiattach, group_id, of_snapshots (whether an image that
        consists of snapshots will do); and from another service of the cloud,
        id and user_id: asked for twice, it is made once.
        Raises TypeNotFound, SnapshotNotFound, VolumeNotFound, ImageNotFound, ImageUnusable,
        InvalidInput, InvalidVolume, InvalidSnapshot, QuotaExceeded.
        """
        self._check_zone(wanted.get("zone"))
        source = self._image(ctx, wanted)
        with self._database.transaction() as session:
            known = session.get(Volume, wanted["id"]) if wanted.get("id") else None
            if known is not None:
                return known
            source = _source(session, ctx, wanted, source)
            kind = self._type(session, ctx, wanted, source)
            size_gib = _size(wanted.get("size"), source)
            _check_group(session, ctx, wanted.get("group_id"), kind)
            self._require(session, ctx, kind, size_gib)
            volume = self._row(session, ctx, wanted, source, kind, size_gib)
            self._place(session, ctx, volume, kind, source)
        if volume.host is not None:
            message, host = orders.of_volume(volume)
            self._bus.cast(ctx, message, host=host)
        return volume

    def _check_zone(self, zone: str | None) -> None:
        if zone and zone != self._zone:
            raise errors.InvalidInput(
                reason=f"Availability zone '{zone}' is invalid; '{self._zone}' would work."
            )

    def _image(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Source:
        image_id = wanted.get("image_id")
        return sources.of_image(self._images, ctx, image_id) if image_id else Source()

    def _type(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any], source: Source
    ) -> VolumeType:
        """Return the type that was named, else the source's, else the project's default."""
        if wanted.get("type"):
            return types.find(session, ctx, wanted["type"])
        if source.volume is not None:
            return session.get_one(VolumeType, source.volume.type_id)
        named = source.image.get("cinder_img_volume_type")
        if named:
            return types.find(session, ctx, named)
        return types.default(session, ctx.project_id or "", self._default_type, self._clock())

    def _require(
        self, session: orm.Session, ctx: RequestContext, kind: VolumeType, size_gib: int
    ) -> None:
        more = {"volumes": 1, "gigabytes": size_gib, "per_volume_gigabytes": size_gib}
        quotas.require(session, ctx.project_id or "", more, self._quota, type_name=kind.name)

    def _row(
        self,
        session: orm.Session,
        ctx: RequestContext,
        wanted: Mapping[str, Any],
        source: Source,
        kind: VolumeType,
        size_gib: int,
    ) -> Volume:
        now = self._clock()
        key_id = encrypting.key_for(session, kind, source.volume)
        volume = Volume(
            id=wanted.get("id") or str(uuid.uuid4()),
            project_id=ctx.project_id,
            user_id=wanted.get("user_id") or ctx.user_id,
            name=wanted.get("name"),
            description=wanted.get("description"),
            size_gib=size_gib,
            type_id=kind.id,
            zone=self._zone,
            bootable=source.bootable,
            multiattach=bool(wanted.get("multiattach")) or is_true(kind.specs.get("multiattach")),
            encrypted=key_id is not None,
            key_id=key_id,
            source_snapshot_id=source.snapshot.id if source.snapshot else None,
            source_volume_id=source.volume.id if source.volume and not source.snapshot else None,
            image=dict(source.image),
            group_id=wanted.get("group_id"),
            created_at=now,
            **progress.begun(states.CREATE, now, source=dict(source.order)),
        )
        volume.spec = spec_of(kind, volume.key_id)
        if volume.multiattach:
            volume.spec = {**volume.spec, "format": "raw"}
        session.add(volume)
        session.flush()
        volumes.set_items(session, volume.id, wanted.get("metadata") or {}, replace=True)
        return volume

    def _place(
        self,
        session: orm.Session,
        ctx: RequestContext,
        volume: Volume,
        kind: VolumeType,
        source: Source,
    ) -> None:
        """Give the volume a host; one for which there is none ends in error, with a message."""
        volume.host, reason = self._placing.choose(
            session, volume.size_gib, kind.specs, source.host
        )
        if volume.host is None:
            now = self._clock()
            progress.finish(session, volume, volume.generation, now, fault=reason)
            messages.record(session, ctx, "volume", volume.id, messages.NO_HOST, now, detail=reason)
        session.flush()


def is_true(spec: str | None) -> bool:
    """Tell whether an extra spec says yes: `<is> True`."""
    return (spec or "").lower().replace(" ", "") == "<is>true"


def keeps_raw(kind: VolumeType) -> bool:
    """Tell whether volumes of a type have no layers; two guests cannot share what has."""
    return kind.specs.get("format") == "raw" or is_true(kind.specs.get("multiattach"))


def spec_of(kind: VolumeType, key_id: str | None) -> dict[str, Any]:
    """Return how volumes of a type are kept; see volume.rpc.contract."""
    return {
        "format": "raw" if keeps_raw(kind) else "qcow2",
        "wipe": is_true(kind.specs.get("wipe")),
        "key_id": key_id or "",
    }


def _source(
    session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any], image: Source
) -> Source:
    given = [name for name in ("snapshot_id", "source_volid", "image_id") if wanted.get(name)]
    if len(given) > 1:
        raise errors.InvalidInput(
            reason=f"A volume is made from one thing, not from {' and '.join(given)}."
        )
    if wanted.get("snapshot_id"):
        return sources.of_snapshot(session, ctx, wanted["snapshot_id"])
    if wanted.get("source_volid"):
        return sources.of_volume(session, ctx, wanted["source_volid"])
    if image.stands_for and not wanted.get("of_snapshots"):
        reason = "it consists of snapshots, from which microversion 3.46 and later make volumes"
        raise sources.ImageUnusable(image_id=wanted["image_id"], reason=reason)
    return sources.of_snapshot(session, ctx, image.stands_for) if image.stands_for else image


def _size(given: object, source: Source) -> int:
    """Return the size in GiB.  Raises InvalidInput."""
    if given is None:
        if not source.own_size:
            raise errors.InvalidInput(reason="Volume size must be given, in GiB.")
        return source.least_gib
    size = _whole(given)
    if size < 1:
        raise errors.InvalidInput(
            reason=f"Volume size '{given}' must be an integer and greater than 0."
        )
    if size < source.least_gib:
        kind = source.order.get("kind")
        raise errors.InvalidInput(
            reason=f"Volume size {size}GB cannot be smaller than the {kind}'s: "
            f"{source.least_gib}GB would do."
        )
    return size


def _whole(given: object) -> int:
    try:
        return int(str(given))
    except ValueError:
        return 0


def _check_group(
    session: orm.Session, ctx: RequestContext, group_id: str | None, kind: VolumeType
) -> None:
    """Raise GroupNotFound, or InvalidInput for a type that the group is not for."""
    if group_id and kind.id not in groups.get(session, ctx, group_id).volume_types:
        raise errors.InvalidInput(reason=f"Group {group_id} takes no volumes of type {kind.name}.")
