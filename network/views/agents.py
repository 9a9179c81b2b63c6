"""How an agent looks."""

import datetime as dt
from typing import Any

from common.context import RequestContext
from network.db import agents as queries
from network.db.agent_models import Agent


def agent(row: Agent, ctx: RequestContext) -> dict[str, Any]:
    """Return one agent; its times have no zone, as the published API has them."""
    return {
        "id": row.id,
        "agent_type": row.kind,
        "binary": row.binary,
        "host": row.host,
        "topic": "n/a",
        "availability_zone": "",
        "admin_state_up": row.admin_state_up,
        "alive": queries.alive(row),
        "description": row.description,
        "configurations": {},
        "resources_synced": None,
        "created_at": _plain(row.created_at),
        "started_at": _plain(row.started_at),
        "heartbeat_timestamp": _plain(row.heartbeat_at),
    }


def _plain(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
