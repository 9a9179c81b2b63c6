"""Questions about agents."""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import orm

from common.clock import utcnow
from network import errors
from network.db.agent_models import Agent
from network.db.lists import Listing, columns

LISTING = Listing(
    Agent,
    columns(Agent, "binary host admin_state_up", agent_type=Agent.kind),
    {"alive": lambda values: _alive(values)},
)
SILENT_S = 75  # Source: the published API's default of agent_down_time


def _alive(values: Iterable[str]) -> object:
    wanted = {value.lower() in ("true", "1") for value in values}
    border = utcnow() - dt.timedelta(seconds=SILENT_S)
    return sa.or_(
        *((Agent.heartbeat_at > border if one else Agent.heartbeat_at <= border) for one in wanted)
    )


def get(session: orm.Session, agent_id: str) -> Agent:
    """Return an agent.  Raises AgentNotFound."""
    agent = session.get(Agent, agent_id)
    if agent is None:
        raise errors.AgentNotFound(id=agent_id)
    return agent


def alive(agent: Agent) -> bool:
    """Say whether an agent was heard of lately."""
    return agent.heartbeat_at > utcnow() - dt.timedelta(seconds=SILENT_S)


def record(session: orm.Session, host: str, kind: str, binary: str, heard_at: dt.datetime) -> None:
    """Note that a daemon of a host was heard of."""
    known = session.scalars(
        sa.select(Agent).where(Agent.host == host, Agent.kind == kind)
    ).one_or_none()
    if known is None:
        session.add(
            Agent(
                project_id="",
                host=host,
                kind=kind,
                binary=binary,
                started_at=heard_at,
                heartbeat_at=heard_at,
            )
        )
    elif heard_at > known.heartbeat_at:
        known.heartbeat_at = heard_at
