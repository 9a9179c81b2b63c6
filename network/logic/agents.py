"""Agents: looked at, described, and forgotten when they are gone for good."""

from collections.abc import Mapping
from typing import Any

from common.context import RequestContext
from network import errors
from network.db import agents as queries
from network.db import rows
from network.db.agent_models import Agent
from network.db.lists import Wanted
from network.logic.base import Logic, named


class Agents(Logic):
    """What can be done with agents."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Agent]:
        """Return one page of the agents; whoever is no administrator sees none."""
        if not ctx.is_admin:
            return []
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, Agent.id.is_not(None), wanted)

    def get(self, ctx: RequestContext, agent_id: str) -> Agent:
        """Return one agent.  Raises AgentNotFound."""
        if not ctx.is_admin:
            raise errors.AgentNotFound(id=agent_id)
        with self._database.reading() as session:
            return queries.get(session, agent_id)

    def update(self, ctx: RequestContext, agent_id: str, wanted: Mapping[str, Any]) -> Agent:
        """Describe an agent.  Raises AgentNotFound, AgentAlwaysUp."""
        with self._database.transaction() as session:
            agent = queries.get(session, agent_id)
            if wanted.get("admin_state_up") is False:
                raise errors.AgentAlwaysUp()
            rows.change(agent, named(wanted, ("description",)))
            return agent

    def delete(self, ctx: RequestContext, agent_id: str) -> None:
        """Forget an agent that is silent.  Raises AgentNotFound, AgentAlive."""
        with self._database.transaction() as session:
            agent = queries.get(session, agent_id)
            if queries.alive(agent):
                raise errors.AgentAlive(id=agent_id)
            session.delete(agent)
