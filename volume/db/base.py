"""What all of volume's tables share."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from common import db


class Base(db.Model):
    """Volume's own metadata."""

    __abstract__ = True
    metadata = sa.MetaData()


class UnderWay:
    """Columns of a row that goes through verbs; see volume.logic.progress.

    previous: the status from before the verb, which some verbs give back.
    order: what the verb needs to be ordered again.
    """

    status: Mapped[str] = mapped_column(sa.String(32))
    previous: Mapped[str | None] = mapped_column(sa.String(32))
    verb: Mapped[str | None] = mapped_column(sa.String(32))
    generation: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    deadline: Mapped[dt.datetime | None]
    order: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
