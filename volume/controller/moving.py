"""Volumes that are copied while a server uses them: see volume.logic.moving."""

import logging

from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from common.errors import CloudError
from common.rpc import Bus
from volume import states
from volume.clients import Busy, ComputeService, Refused
from volume.db import volumes
from volume.db.models import Volume
from volume.logic import moving, orders, progress

LOG = logging.getLogger(__name__)


class Moves:
    """Takes the next step of each."""

    def __init__(self, database: Database, bus: Bus, compute: ComputeService, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._compute = compute
        self._clock = clock

    def made(self, ctx: RequestContext, volume_id: str) -> None:
        """Go on with a volume whose replacement was made, or could not be."""
        with self._database.transaction() as session:
            volume = session.get(Volume, volume_id)
            if volume is None or volume.verb != states.RETYPE.name:
                return
            if volume.order.get("step") != moving.MAKE:
                return
            new = session.get(Volume, volume.order["replacement"])
            status = "" if new is None else new.status
            if status == states.AVAILABLE:
                progress.note(session, volume, self._clock(), step=moving.GUEST)
        if status == states.AVAILABLE:
            self._ask(ctx, volume)
        elif status != states.CREATING:
            self._fail(ctx, volume, "There was no room for its copy.")

    def take_up(self, ctx: RequestContext, volume: Volume) -> None:
        """Take the step again that nobody has reported on."""
        step = volume.order["step"]
        if step == moving.MAKE:
            self.made(ctx, volume.id)
        elif step == moving.GUEST:
            self._ask(ctx, volume)
        else:
            message, host = orders.of_volume(volume)
            self._bus.cast(ctx, message, host=host)

    def _ask(self, ctx: RequestContext, volume: Volume) -> None:
        """Have compute swap a volume for its replacement; asked twice, it says that it is busy."""
        order = volume.order
        try:
            self._compute.swap(order["server"], volume.id, order["replacement"])
        except Refused as error:
            self._fail(ctx, volume, str(error))
        except Busy as error:
            if not self._used(order["replacement"]):
                self._fail(ctx, volume, str(error))
        except CloudError as error:
            LOG.warning("volume %s: compute was asked in vain: %s", volume.id, error)

    def _used(self, volume_id: str) -> bool:
        with self._database.reading() as session:
            return bool(volumes.attachments_of(session, [volume_id])[volume_id])

    def _fail(self, ctx: RequestContext, volume: Volume, fault: str) -> None:
        LOG.error("volume %s is kept as it was: %s", volume.id, fault)
        sent = []
        with self._database.transaction() as session:
            ours = session.get(Volume, volume.id)
            if ours is not None and ours.generation == volume.generation:
                sent = moving.fail(session, ctx, ours, fault, self._clock())
        for message, host in sent:
            self._bus.cast(ctx, message, host=host)

    def clear(self) -> None:
        """Have the replacements removed that no volume waits for."""
        sent = []
        with self._database.transaction() as session:
            for new in volumes.replacements(session):
                volume = session.get(Volume, new.replacement_of)
                if volume is None or not moving.waits_for(volume, new.id):
                    sent += moving.drop(session, new, self._clock())
        for message, host in sent:
            self._bus.cast(RequestContext.internal(), message, host=host)
