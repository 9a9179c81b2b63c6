"""Moving a volume that nobody uses to another host.

Its host serves it, read-only, to the other one, which makes a copy of its own: step `copy`.  Then
the volume is there, and what is left goes: `remove`.  Where the copy was not made, what there is
of it goes: `cancel`.  Where it stands is in the volume's order.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.rpc import Bus
from common.states import Verb
from volume import errors, states
from volume.db import exports, services, volumes
from volume.db.models import Export, Service, Volume
from volume.logic import exporting, news, orders, progress
from volume.logic.hosts import Hosts

COPY, REMOVE, CANCEL = "copy", "remove", "cancel"
DOWN_S = 60.0
"""After how long without a word from the other host a copy is given up."""
PATIENCE = 6
"""How often a host is asked to remove what it has."""
MIGRATING, SUCCESS, ERROR = "migrating", "success", "error"


class HostInvalid(roots.BadRequest):
    message = "Invalid host: {reason}"


class Migrating:
    """Moves volumes to hosts that administrators name."""

    def __init__(self, database: Database, bus: Bus, hosts: Hosts, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._hosts = hosts
        self._clock = clock

    def migrate(self, ctx: RequestContext, volume_id: str, host: str) -> None:
        """Have a volume moved.  host: `name@backend#pool`, or the beginning of that.

        Raises VolumeNotFound, VolumeBusy, InvalidVolume, HostInvalid.
        """
        target = self._target(host)
        with self._database.transaction() as session:
            volume = volumes.get(session, ctx, volume_id)
            if volume.host == target.host:
                raise HostInvalid(reason=f"volume {volume_id} is on host {host} already.")
            export = begin(session, volume, target, states.MIGRATE, self._clock())
        follow(self._bus, ctx, volume, export)

    def _target(self, named: str) -> Service:
        found = self._hosts.list(named.partition("#")[0], services.WORKER)
        if not found:
            known = ", ".join(self._hosts.pool(one) for one in self._hosts.workers())
            raise HostInvalid(reason=f"there is no {named}; there are {known or 'none'}.")
        if not self._hosts.is_up(found[0]):
            raise HostInvalid(reason=f"{named} does not answer.")
        return found[0]


def begin(
    session: orm.Session,
    volume: Volume,
    target: Service,
    verb: Verb,
    now: dt.datetime,
    **changes: Any,
) -> Export:
    """Write down that a volume is on its way, and return what its host serves for that.

    changes: what else of the volume is another way afterwards: type_id, spec, multiattach.
    Raises VolumeBusy, InvalidVolume.
    """
    _refuse(session, volume)
    spec = dict(changes.pop("spec", volume.spec))
    if spec.get("key_id"):
        spec["key_id"] = str(uuid.uuid4())  # a key stays on its host, and goes with the last layer
    place = {"source": volume.host, "target": target.host, "step": COPY, "spec": spec}
    export = exports.new(str(uuid.uuid4()), volume, target.host, now, read_only=True)
    order = {**place, "export_id": export.id, "changes": changes}
    progress.begin(session, volume, verb, now, **order)
    exporting.place(session, volume, export)
    volume.migration_status = MIGRATING
    progress.note(session, volume, now, way=exporting.address(session, export))
    return export


def _refuse(session: orm.Session, volume: Volume) -> None:
    """Raise InvalidVolume for what cannot move, or not now."""
    reason = ""
    if volumes.snapshots_of(session, volume.id):
        reason = "has snapshots, which share its bytes; without them it can"
    elif volume.group_id:
        reason = "is one of a group; taken out of it it can"
    elif volume.status == states.IN_USE:
        reason = "is used by a server; detached it can"
    if reason:
        raise errors.InvalidVolume(reason=f"Volume {volume.id} {reason} be moved to another host.")


def follow(bus: Bus, ctx: RequestContext, volume: Volume, export: Export) -> None:
    """Order what was written down."""
    news.tell(bus, ctx, volume)
    exporting.begin(bus, ctx, export, shared=False)
    message, host = orders.of_volume(volume)
    bus.cast(ctx, message, host=host)


def reporter(volume: Volume) -> tuple[str, str]:
    """Return the host whose report the step under way waits for, and the step."""
    step = str(volume.order["step"])
    return str(volume.order["source" if step == REMOVE else "target"]), step


def step_on(session: orm.Session, volume: Volume, fault: str, now: dt.datetime) -> list[Export]:
    """Write down how a step, or all, has ended; return what is served no longer."""
    order = volume.order
    gone = exports.of_volume(session, volume.id)
    for export in gone:
        session.delete(export)
    session.flush()
    if order["step"] != COPY:
        end(session, volume, now)
        return gone
    if fault:
        progress.note(session, volume, now, step=CANCEL, fault=fault, tries=volume.attempts)
        return gone
    progress.note(session, volume, now, step=REMOVE, tries=volume.attempts)
    _arrive(volume, order)
    session.flush()
    return gone


def hopeless(session: orm.Session, volume: Volume, now: dt.datetime) -> str:
    """Return why it makes no sense to order a step again; nothing while it does."""
    host, step = reporter(volume)
    if step == COPY:
        target = services.worker(session, host)
        up = target is not None and services.is_up(target, now, DOWN_S)
        return "" if up else f"Host {host} does not answer."
    late = volume.attempts - int(volume.order.get("tries", 0)) > PATIENCE
    return f"Host {host} does not answer." if late else ""


def _arrive(volume: Volume, order: Mapping[str, Any]) -> None:
    """Let a volume be where its copy is."""
    volume.host, volume.spec = order["target"], order["spec"]
    volume.key_id = order["spec"].get("key_id") or None
    volume.encrypted = volume.key_id is not None
    for name, value in order["changes"].items():
        setattr(volume, name, value)


def end(session: orm.Session, volume: Volume, now: dt.datetime, fault: str = "") -> str:
    """Finish a move, for better or worse; return the fault.

    What is left on a host that does not answer is found by who compares pools with rows.
    """
    if volume.order["step"] != REMOVE:
        fault = str(volume.order.get("fault") or fault)
        for export in exports.of_volume(session, volume.id):
            session.delete(export)
    else:
        fault = ""
    status = ERROR if fault else SUCCESS
    progress.finish(session, volume, volume.generation, now, fault=fault, migration_status=status)
    return fault
