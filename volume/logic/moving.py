"""Volumes that are copied while a server uses them: compute does it, and says how that went.

A volume in use gets another type, which keeps volumes another way, so: a replacement is made, a
row of its own that administrators see: step `make`.  Compute swaps the one for the other: `guest`.
Then the volume's name leads to the replacement's bytes: `turn`.  Where the volume stands is in its
order; a replacement that no volume waits for goes when nobody is attached to it.

Any other volume may be swapped for one that is no replacement while it says that it migrates.
Source: Block Storage API v3, "Complete migration of a volume" (os-migrate_volume_completion).
"""

import datetime as dt
import time
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.messages import Message
from common.rpc import Bus
from volume import errors, states
from volume.db import volumes
from volume.db.models import Volume
from volume.logic import connecting, messages, news, orders, progress

MAKE, GUEST, TURN = "make", "guest", "turn"
TARGET, MIGRATING, SUCCESS, ERROR = "target", "migrating", "success", "error"
STILL: Final = frozenset({None, "", SUCCESS, ERROR, "deleting"})
"""What `migration_status` says of a volume that is not being moved."""
COPY_FAILED: Final = (
    "The server's host could not copy the volume; the server's events (swap_volume) say why. "
    "Detached, it can be retyped."
)
PATIENCE_S, LOOK_S = 10.0, 0.02


class StillTurning(roots.Unavailable):
    message = "Volume {volume_id} does not lead to its new bytes yet; ask again."


class Moving:
    """Hears from compute how moves ended."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock

    def completed(
        self, ctx: RequestContext, volume_id: str, new_volume_id: str, *, failed: bool
    ) -> str:
        """Hear that a guest went over to another volume, or could not; return which it has.

        Told twice, it is the same.  Raises VolumeNotFound, StillTurning.
        """
        now = self._clock()
        sent: list[tuple[Message, str]] = []
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            new = session.get(Volume, new_volume_id)
            if not failed and new is not None and new.replacement_of == volume_id:
                _wait_again(session, volume, new, now)
            replaced = waits_for(volume, new_volume_id)
            stays = replaced or new is None
            if replaced and failed:
                sent = fail(session, ctx, volume, COPY_FAILED, now)
            elif replaced:
                if volume.order["step"] != TURN:
                    progress.note(session, volume, now, step=TURN)
                sent = [orders.of_volume(volume)]
            elif volume.migration_status not in STILL and volume.verb is None:
                volume.migration_status = ERROR if failed else SUCCESS
                volume.updated_at = now
        for message, host in sent:
            self._bus.cast(ctx, message, host=host)
        news.tell(self._bus, ctx, volume)
        if replaced and not failed:
            self._wait(volume)
        return volume_id if failed or stays else new_volume_id

    def _wait(self, volume: Volume) -> None:
        """Return once a volume leads to its new bytes: until then compute holds the server.

        It takes a fraction of a second, and no event of its end reaches an API process.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with self._database.reading() as session:
                ours = session.get(Volume, volume.id)
            if ours is None or ours.generation != volume.generation or ours.verb is None:
                return
            time.sleep(LOOK_S)
        raise StillTurning(volume_id=volume.id)


def waits_for(volume: Volume, replacement_id: str) -> bool:
    """Tell whether a volume is on its way to a replacement."""
    under_way = volume.verb == states.RETYPE.name
    return under_way and volume.order.get("replacement") == replacement_id


def _wait_again(session: orm.Session, volume: Volume, new: Volume, now: dt.datetime) -> None:
    """Have a volume that was given up take its replacement's bytes: its guest uses those.

    Raises VolumeBusy.
    """
    if not waits_for(volume, new.id):
        order = {"type_id": new.type_id, "spec": new.spec, "multiattach": new.multiattach}
        more = {"replacement": new.id, "step": TURN}
        progress.begin(session, volume, states.RETYPE, now, **order, **more)


def is_used(volume: Volume) -> bool:
    """Tell whether a volume is being moved while it is used."""
    return volume.migration_status not in STILL and (
        volume.status == states.IN_USE or volume.verb == states.RETYPE.name
    )


def begin(
    session: orm.Session, volume: Volume, order: Mapping[str, Any], now: dt.datetime
) -> Volume:
    """Write down that a volume in use is to be kept another way; return its replacement.

    order: type_id, spec, multiattach.  Raises VolumeBusy, InvalidVolume.
    """
    present = volumes.attachments_of(session, [volume.id])[volume.id]
    if len(present) != 1 or not present[0].server_id:
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is used by {len(present)}; one that one server uses is "
            "copied meanwhile."
        )
    if not connecting.is_file(session, volume):
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is in a pool whose volumes are not copied while they are "
            "used; detached, it can be retyped."
        )
    if present[0].host != volume.host:
        raise errors.InvalidVolume(
            reason=f"Volume {volume.id} is used on another host; detached, it can be retyped."
        )
    new = Volume(
        id=str(uuid.uuid4()),
        project_id=volume.project_id,
        user_id=volume.user_id,
        name=volume.name,
        description=volume.description,
        size_gib=volume.size_gib,
        type_id=order["type_id"],
        zone=volume.zone,
        host=volume.host,
        bootable=volume.bootable,
        encrypted=bool(order["spec"].get("key_id")),
        key_id=order["spec"].get("key_id") or None,
        spec=order["spec"],
        replacement_of=volume.id,
        migration_status=TARGET,
        consumes_quota=False,
        created_at=now,
        **progress.begun(states.CREATE, now, source={}),
    )
    session.add(new)
    more = {"replacement": new.id, "server": present[0].server_id, "step": MAKE}
    progress.begin(session, volume, states.RETYPE, now, **order, **more)
    volume.migration_status = MIGRATING
    session.flush()
    return new


def arrive(session: orm.Session, volume: Volume) -> None:
    """Let a volume have what was its replacement's: who uses it; nothing is left of that one."""
    new = session.get(Volume, volume.order["replacement"])
    volume.migration_status = SUCCESS
    if new is None:
        return
    for attachment in volumes.attachments_of(session, [new.id])[new.id]:
        attachment.volume_id = volume.id
    session.flush()
    volumes.remove(session, new)


def fail(
    session: orm.Session, ctx: RequestContext, volume: Volume, fault: str, now: dt.datetime
) -> list[tuple[Message, str]]:
    """Let a volume be as it was; return the order for what is left of its replacement."""
    new = session.get(Volume, volume.order["replacement"])
    known = {"detail": fault, "project_id": volume.project_id}
    event = messages.OF_VERB.get(states.RETYPE.name, messages.OTHER)
    messages.record(session, ctx, "volume", volume.id, event, now, **known)
    progress.finish(session, volume, volume.generation, now, fault=fault, migration_status=ERROR)
    return [] if new is None else drop(session, new, now)


def drop(session: orm.Session, new: Volume, now: dt.datetime) -> list[tuple[Message, str]]:
    """Have a replacement removed that no volume waits for; one that is in use goes later."""
    used = volumes.attachments_of(session, [new.id])[new.id]
    if new.verb is not None or used or new.status not in states.DELETABLE:
        return []
    progress.begin(session, new, states.DELETE, now, after=[])
    return [orders.of_volume(new)]
