"""The engine's news of ports become rows and events."""

import logging

import sqlalchemy as sa

from common.context import RequestContext
from common.contracts.network import PortChanged
from common.db import Database
from common.errors import CloudError
from common.rpc import Bus
from network.db import ports
from network.db.models import Port
from network.drivers.base import Engine

LOG = logging.getLogger(__name__)
WORDS = {True: "ACTIVE", False: "DOWN"}


class Statuses:
    """Whether ports are up, as the engine says."""

    def __init__(self, database: Database, bus: Bus, engine: Engine) -> None:
        self._database = database
        self._bus = bus
        self._engine = engine

    def changed(self, port_id: str, up: bool) -> None:
        """Record that a port came up or went down, and tell whoever listens."""
        try:
            with self._database.transaction() as session:
                port = ports.record_status(session, port_id, WORDS[up])
        except CloudError as error:
            LOG.warning("status of port %s waits for the comparison: %s", port_id, error)
            return
        if port is not None:
            LOG.info("port %s is %s", port_id, WORDS[up])
            event = PortChanged(port_id=port_id, device_id=port.device_id, status=WORDS[up])
            self._bus.publish(RequestContext.internal(), event)

    def compare(self) -> None:
        """Record whatever news were missed."""
        up = self._engine.ports_up()
        with self._database.reading() as session:
            known = dict(session.execute(sa.select(Port.id, Port.status)).all())
        for port_id, status in known.items():
            if status in WORDS.values() and WORDS[up.get(port_id, False)] != status:
                self.changed(port_id, up.get(port_id, False))
