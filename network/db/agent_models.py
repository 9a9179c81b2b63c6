"""The table of agents: the daemons of each chassis, as the engine's databases tell of them."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from network.db.base import Model, Resource


class Agent(Resource, Model):
    """One daemon of a chassis.  heartbeat_at: when it last answered the engine."""

    __tablename__ = "agents"
    __table_args__ = (sa.UniqueConstraint("host", "kind", name="ux_agents_kind"),)

    kind: Mapped[str] = mapped_column(sa.String(64))
    binary: Mapped[str] = mapped_column(sa.String(64))
    host: Mapped[str] = mapped_column(sa.String(255))
    admin_state_up: Mapped[bool] = mapped_column(default=True)
    started_at: Mapped[dt.datetime]
    heartbeat_at: Mapped[dt.datetime]
