"""Follows the daemons of the chassis: what answers the engine is an agent that is alive."""

from common.db import Database
from network.db import agents
from network.drivers.base import Engine


class AgentWatch:
    """Keeps the rows of agents as the engine hears of them."""

    def __init__(self, database: Database, engine: Engine) -> None:
        self._database = database
        self._engine = engine

    def compare(self) -> None:
        """Ask all chassis for a sign of life, and note those there were."""
        heard = self._engine.heartbeats()
        with self._database.transaction() as session:
            for one in heard:
                agents.record(session, one.host, one.kind, one.binary, one.heard_at)
