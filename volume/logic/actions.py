"""What is done with a volume beside attaching it: larger, read-only, another type, an image."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common import archive
from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from common.states import Verb
from volume import errors, states
from volume.clients import ComputeService, ImageService
from volume.db import exports, quotas, services, types, volumes
from volume.db.models import Service, Snapshot, Volume, VolumeType
from volume.logic import (
    connecting,
    encrypting,
    migrating,
    moving,
    news,
    orders,
    placing,
    progress,
    sources,
)
from volume.logic.creation import is_true, keeps_raw, spec_of
from volume.logic.placing import Placing
from volume.logic.volumes import release

MOVING_RETYPE = states.verb(
    states.MIGRATE.name, states.MIGRATE.start, states.RETYPE.running, attempts=states.LONG
)
"""A move that gives a volume another type as well."""
UPLOADABLE = frozenset({"raw", "qcow2", "vmdk", "vhd", "vhdx", "vdi"})


class ImageRefused(roots.BadRequest):
    message = "{reason}"


class Actions:
    """Carries out actions.  quota: the configured limits."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        images: ImageService,
        compute: ComputeService,
        placing: Placing,
        clock: Clock,
        *,
        quota: Mapping[str, int],
    ) -> None:
        self._database = database
        self._bus = bus
        self._images = images
        self._compute = compute
        self._placing = placing
        self._clock = clock
        self._quota = quota

    def _order(self, ctx: RequestContext, volume: Volume) -> None:
        message, host = orders.of_volume(volume)
        self._bus.cast(ctx, message, host=host)

    def extend(self, ctx: RequestContext, volume_id: str, size_gib: int, *, in_use: bool) -> None:
        """Have a volume made larger.  in_use: whether that may be while a guest uses it.

        One that its host serves to another, or that is no file, grows first (`held`), and the
        guest hears of it afterwards.
        Raises VolumeNotFound, InvalidInput, InvalidVolume, VolumeBusy, QuotaExceeded.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.status == states.IN_USE and not in_use:
                raise progress.busy(volume, "extend", frozenset({states.AVAILABLE}))
            if size_gib <= volume.size_gib:
                raise errors.InvalidInput(
                    reason=f"New size for extend must be greater than current size. (current: "
                    f"{volume.size_gib}, extended: {size_gib})."
                )
            kind = session.get_one(VolumeType, volume.type_id)
            more = {"gigabytes": size_gib - volume.size_gib}
            quotas.require(session, volume.project_id, more, self._quota, type_name=kind.name)
            guest = self._guest(session, volume)
            local = connecting.is_file(session, volume) and not exports.served(session, volume_id)
            held = guest is not None and not local
            order = {"size_gib": size_gib, "guest": guest, "held": held}
            progress.begin(session, volume, states.EXTEND, self._clock(), **order)
        news.tell(self._bus, ctx, volume)
        if guest and not held:
            self._compute.extended(guest, volume_id)
        else:
            self._order(ctx, volume)

    def _guest(self, session: orm.Session, volume: Volume) -> str | None:
        """Return the server whose host has to resize the disk, or None when nobody uses it."""
        if volume.status != states.IN_USE:
            return None
        present = volumes.attachments_of(session, [volume.id])[volume.id]
        if len(present) > 1:
            raise errors.InvalidVolume(
                reason=f"Volume {volume.id} has {len(present)} attachments; one that is used by "
                "several servers is made larger while it is detached."
            )
        return present[0].server_id if present else None

    def extended(self, ctx: RequestContext, volume_id: str, *, failed: bool) -> None:
        """Hear from compute that the guest's disk has another size, or could not get it."""
        fault = "The guest's host could not resize the disk." if failed else ""
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.verb != states.EXTEND.name:
                raise progress.busy(volume, "complete extend", frozenset({"extending"}))
            size = {} if failed else {"size_gib": volume.order["size_gib"]}
            now = self._clock()
            progress.finish(session, volume, volume.generation, now, fault=fault, **size)
        news.tell(self._bus, ctx, volume)

    def set_bootable(self, ctx: RequestContext, volume_id: str, *, bootable: bool) -> None:
        """Say whether servers can boot from a volume.  Raises VolumeNotFound."""
        with self._database.transaction() as session:
            volumes.get(session, ctx, volume_id).bootable = bootable

    def set_readonly(self, ctx: RequestContext, volume_id: str, *, readonly: bool) -> None:
        """Say whether a volume may be written to.  Raises VolumeNotFound, VolumeBusy."""
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.status != states.AVAILABLE:
                raise progress.busy(volume, "update readonly", frozenset({states.AVAILABLE}))
            volume.admin_details = {**volume.admin_details, "readonly": str(readonly)}

    def set_image(
        self, ctx: RequestContext, volume_id: str, changes: Mapping[str, str]
    ) -> dict[str, Any]:
        """Add to what a volume remembers of its image, and return all of it."""
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            _keep_kind(volume, {**volume.image, **changes})
            volume.image = {**volume.image, **changes}
            return volume.image

    def unset_image(self, ctx: RequestContext, volume_id: str, key: str) -> None:
        """Take one item away of what a volume remembers of its image."""
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if key not in volume.image:
                raise errors.ImageItemNotFound(volume_id=volume_id, key=key)
            left = {name: value for name, value in volume.image.items() if name != key}
            _keep_kind(volume, left)
            volume.image = left

    def reset(self, ctx: RequestContext, volume_id: str, wanted: Mapping[str, Any]) -> None:
        """Set the statuses of a volume, for an administrator.

        wanted: status, attach_status, migration_status.  Raises VolumeNotFound.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if "migration_status" in wanted:
                given = wanted["migration_status"]
                volume.migration_status = None if given in (None, "none") else given
            if wanted.get("attach_status") == "detached":
                release(session, volume)
                volume.status = states.AVAILABLE
            if wanted.get("status"):
                volume.generation += 1
                volume.verb, volume.deadline = None, None
                volume.status = wanted["status"]
        news.tell(self._bus, ctx, volume)

    def upload(
        self, ctx: RequestContext, volume_id: str, wanted: Mapping[str, Any]
    ) -> tuple[Volume, VolumeType, dict[str, Any]]:
        """Have an image made of a volume; return the volume, its type and the image's attributes.

        wanted: image_name, disk_format, container_format, force, visibility, protected.
        Raises VolumeNotFound, InvalidVolume, VolumeBusy, ImageRefused.
        """
        form = wanted.get("disk_format") or "raw"
        if form not in UPLOADABLE:
            known = ", ".join(sorted(UPLOADABLE))
            raise errors.InvalidInput(reason=f"disk_format {form} is not one of {known}.")
        with self._database.reading() as session:
            volume = volumes.get(session, ctx, volume_id)
        encrypting.refuse(
            volume, "made an image of", "a copy of it of a type without encryption could be"
        )
        if archive.is_named(volume.image):
            raise errors.InvalidVolume(
                reason=f"Volume {volume_id} holds a container's root file system, and an image "
                "for containers is an archive; an image of a server that boots from it would do."
            )
        if volume.status == states.IN_USE and not wanted.get("force"):
            raise errors.InvalidVolume(
                reason=f"Volume {volume_id} is in-use; with force, an image of it is made now."
            )
        image = {
            "id": str(uuid.uuid4()),
            "name": wanted["image_name"],
            "disk_format": form,
            "container_format": wanted.get("container_format") or "bare",
            "min_disk": volume.size_gib,
            **{key: wanted[key] for key in ("visibility", "protected") if key in wanted},
            **_properties(volume.image),
        }
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            kind = session.get_one(VolumeType, volume.type_id)
            order = {"image_id": image["id"], "disk_format": form}
            generation = progress.begin(session, volume, states.UPLOAD, self._clock(), **order)
        try:
            self._images.create(ctx, image)
        except roots.CloudError as error:
            self._give_up(ctx, volume, generation, str(error))
            if isinstance(error, roots.Forbidden):
                raise ImageRefused(reason=str(error)) from error
            raise
        self._order(ctx, volume)
        return volume, kind, image

    def _give_up(self, ctx: RequestContext, volume: Volume, generation: int, fault: str) -> None:
        with self._database.transaction() as session:
            ours = session.get_one(Volume, volume.id)
            progress.finish(session, ours, generation, self._clock(), fault=fault)
        news.tell(self._bus, ctx, ours)

    def retype(
        self, ctx: RequestContext, volume_id: str, named: str, *, moves: bool = False
    ) -> None:
        """Give a volume another type.  moves: to another host, too, where that takes it.

        Raises VolumeNotFound, TypeNotFound, InvalidInput, InvalidVolume.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            kind = types.find(session, ctx, named)
            self._refuse_retype(session, volume, kind, moves=moves)
            more = {"volumes": 1, "gigabytes": volume.size_gib}
            limits = {f"{name}_{kind.name}": amount for name, amount in more.items()}
            quotas.require(session, volume.project_id, limits, self._quota)
            spec = spec_of(kind, _key_after(session, volume, kind))
            shared = is_true(kind.specs.get("multiattach"))
            order = {"type_id": kind.id, "spec": spec, "multiattach": shared}
            target = self._elsewhere(session, volume, kind, moves=moves)
            new = None
            if target is None and volume.status == states.IN_USE and _apart(session, volume, kind):
                new = moving.begin(session, volume, order, self._clock())
                generation, same = volume.generation, False
            elif target is not None:
                now = self._clock()
                export = migrating.begin(session, volume, target, MOVING_RETYPE, now, **order)
                generation, same = volume.generation, False
            else:
                generation = progress.begin(session, volume, states.RETYPE, self._clock(), **order)
                same = all(spec[key] == volume.spec.get(key) for key in ("format", "key_id"))
            if same:
                now = self._clock()
                progress.finish(session, volume, generation, now, type_id=kind.id, spec=spec)
                volume.multiattach = shared
        if new is not None:
            news.tell(self._bus, ctx, volume)
            self._order(ctx, new)
        elif target is not None:
            migrating.follow(self._bus, ctx, volume, export)
        elif same:
            news.tell(self._bus, ctx, volume)
        else:
            self._order(ctx, volume)

    def _elsewhere(
        self, session: orm.Session, volume: Volume, kind: VolumeType, *, moves: bool
    ) -> Service | None:
        """Return the host a volume moves to with its new type; None where it stays.

        Raises InvalidInput when it cannot stay, and there is no other or it is not to move.
        """
        worker = services.worker(session, str(volume.host))
        if worker is None or placing.suits(worker, kind.specs):
            return None
        host, reason = self._placing.choose(session, volume.size_gib, kind.specs, None)
        if not moves:
            reason = "with migration_policy on-demand it is moved to one that does."
        if host is None or not moves:
            raise errors.InvalidInput(
                reason=f"The pool of volume {volume.id} is not as type {kind.name} asks: {reason}"
            )
        return services.worker(session, host)

    def _refuse_retype(
        self, session: orm.Session, volume: Volume, kind: VolumeType, *, moves: bool
    ) -> None:
        if kind.id == volume.type_id:
            raise errors.InvalidInput(
                reason=f"New volume_type same as original: {kind.id}; another would work."
            )
        if volume.status != states.IN_USE:
            return
        if is_true(kind.specs.get("multiattach")) != volume.multiattach:
            raise errors.InvalidInput(
                reason=f"Type {kind.name} keeps volumes another way; detach the volume first."
            )
        if _apart(session, volume, kind) and not moves:
            raise errors.InvalidInput(
                reason=f"Type {kind.name} keeps volumes another way: with migration_policy "
                "on-demand it is copied while it is used; or detach it first."
            )

    def revert(self, ctx: RequestContext, volume_id: str, snapshot_id: str) -> None:
        """Give a volume the content of its newest snapshot again.

        Raises VolumeNotFound, InvalidInput, VolumeBusy.
        """
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            present = volumes.snapshots_of(session, volume_id)
            newest = present[-1] if present else None
            if newest is None or newest.id != snapshot_id:
                would = newest.id if newest else "none, since it has no snapshot"
                raise errors.InvalidInput(
                    reason=f"Volume {volume_id} reverts to its newest snapshot only: {would}."
                )
            _require_available(newest)
            order = {"snapshot_id": snapshot_id, "size_gib": volume.size_gib}
            progress.begin(session, volume, states.REVERT, self._clock(), **order)
        self._order(ctx, volume)

    def reimage(
        self, ctx: RequestContext, volume_id: str, image_id: str, *, reserved: bool
    ) -> None:
        """Give a volume an image's content.  reserved: whether it may be reserved for a server.

        Raises VolumeNotFound, ImageNotFound, ImageUnusable, VolumeBusy, InvalidInput.
        """
        source = sources.of_image(self._images, ctx, image_id)
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            _keep_kind(volume, source.image)
            if source.least_gib > volume.size_gib:
                raise errors.InvalidInput(
                    reason=f"The image needs {source.least_gib} GiB; the volume has "
                    f"{volume.size_gib}."
                )
            starts = {states.AVAILABLE, states.ERROR} | ({states.RESERVED} if reserved else set())
            if reserved and "service" in ctx.roles:  # which sees to it that no guest uses it
                starts.add(states.IN_USE)
            if volume.status not in starts:
                raise progress.busy(volume, "reimage", frozenset(starts))
            order = {"source": dict(source.order), "image": dict(source.image)}
            progress.begin(session, volume, _reimage(starts), self._clock(), **order)
        self._order(ctx, volume)


def _key_after(session: orm.Session, volume: Volume, kind: VolumeType) -> str | None:
    """Return the id of a volume's key once it is of another type: its own where both have one."""
    key_id = encrypting.key_for(session, kind)
    return volume.key_id if volume.encrypted and key_id else key_id


def _apart(session: orm.Session, volume: Volume, kind: VolumeType) -> bool:
    """Tell whether volumes of a type are kept in another format than a volume, or encrypted.

    A pool without files has one format only.
    """
    locked = types.encryption_of(session, kind.id) is not None
    raw = keeps_raw(kind) != (volume.spec.get("format") == "raw")
    return locked != volume.encrypted or (raw and connecting.is_file(session, volume))


def _reimage(starts: set[str]) -> Verb:
    return states.verb(
        states.REIMAGE.name, starts, states.REIMAGE.running, failed=states.ERROR, attempts=720
    )


def _require_available(snapshot: Snapshot) -> None:
    if snapshot.status != states.AVAILABLE:
        raise errors.InvalidSnapshot(
            reason=f"Snapshot {snapshot.id} has status {snapshot.status}; available would do."
        )


def _keep_kind(volume: Volume, after: Mapping[str, Any]) -> None:
    """Return when a volume stays what it is: a container's root file system, which hosts mount
    and no guest ever writes to as a device, or anything else.  Raises InvalidVolume."""
    if archive.is_named(volume.image) != archive.is_named(after):
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} cannot become or cease to be a container's root file "
            "system; a new volume can be made from the image."
        )


NOT_PROPERTIES = frozenset(
    {
        *("image_id", "image_name", "checksum", "container_format", "disk_format"),
        *("min_disk", "min_ram", "size"),
    }
)


def _properties(image: Mapping[str, Any]) -> dict[str, str]:
    """Return what an image made of a volume says of itself as the volume's own image did."""
    return {
        key: str(value)
        for key, value in image.items()
        if key not in NOT_PROPERTIES and not key.startswith(("os_glance_", "cinder_"))
    }
