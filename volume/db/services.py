"""Queries about volume's processes and what their hosts have."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from volume.db.models import Service, Volume

WORKER = "cinder-volume"
SCHEDULER = "cinder-scheduler"
BACKUP = "cinder-backup"


def seen(
    session: orm.Session,
    binary: str,
    host: str,
    now: dt.datetime,
    figures: dict[str, Any] | None = None,
) -> None:
    """Write down that a process lives; figures: of its pool, where it has one."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    news: dict[str, Any] = {"seen_at": now} | ({} if figures is None else {"figures": figures})
    row = {
        "binary": binary,
        "host": host,
        "id": str(uuid.uuid4()),
        "disabled": False,
        "frozen": False,
        "figures": figures or {},
        "seen_at": now,
        "created_at": now,
    }
    added = insert(Service).values(**row)
    session.execute(added.on_conflict_do_update(index_elements=["binary", "host"], set_=news))


def listed(session: orm.Session) -> list[Service]:
    """Return every process, by name and host."""
    return list(session.scalars(sa.select(Service).order_by(Service.binary, Service.host)))


def worker(session: orm.Session, host: str) -> Service | None:
    """Return the worker of a host."""
    return session.get(Service, (WORKER, host))


def is_up(service: Service, now: dt.datetime, down_after_s: float) -> bool:
    """Tell whether a process was heard of lately."""
    return service.seen_at >= now - dt.timedelta(seconds=down_after_s)


def workers(session: orm.Session) -> list[Service]:
    """Return the workers, each with its pool's figures."""
    query = sa.select(Service).where(Service.binary == WORKER).order_by(Service.host)
    return list(session.scalars(query))


def cluster_of(service: Service) -> str | None:
    """Return the name of the cluster that a worker is counted to: `near@file`."""
    named = service.figures.get("cluster")
    return f"{named}@{service.figures.get('volume_backend_name', '')}" if named else None


def clusters(session: orm.Session) -> dict[str, str | None]:
    """Return the cluster of each host."""
    return {one.host: cluster_of(one) for one in workers(session)}


def promised(session: orm.Session) -> dict[str, int]:
    """Return how many GiB of volumes each host holds."""
    query = sa.select(Volume.host, sa.func.sum(Volume.size_gib)).where(Volume.host.is_not(None))
    return {str(host): int(total) for host, total in session.execute(query.group_by(Volume.host))}
