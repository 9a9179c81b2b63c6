"""What a project may have, and what it has: counted from the rows themselves."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.dialects import postgresql, sqlite

from compute import errors, states
from compute.db import keypairs
from compute.db.models import QuotaLimit, QuotaLock, Server, ServerGroup

DEFAULT = "default"


def lock(session: orm.Session, project_id: str) -> None:
    """Take the project's turn until the transaction ends, so that counting and adding are one.

    project_id: or any other name of what is counted.
    """
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(insert(QuotaLock).values(project_id=project_id).on_conflict_do_nothing())
    session.execute(
        sa.select(QuotaLock).where(QuotaLock.project_id == project_id).with_for_update()
    )


def limits(session: orm.Session, project_id: str, defaults: Mapping[str, int]) -> dict[str, int]:
    """Return the limits of a project: its own, else the cloud's, else the configured ones."""
    found = dict(defaults)
    for owner in (DEFAULT, project_id):
        query = sa.select(QuotaLimit).where(QuotaLimit.project_id == owner)
        found |= {row.resource: row.hard_limit for row in session.scalars(query)}
    return found


def usage(session: orm.Session, project_id: str) -> dict[str, int]:
    """Return what a project has now."""
    query = sa.select(
        sa.func.count(),
        sa.func.coalesce(sa.func.sum(Server.vcpus), 0),
        sa.func.coalesce(sa.func.sum(Server.memory_mib), 0),
    ).where(
        Server.project_id == project_id,
        Server.deleted_at.is_(None),
        Server.status != states.SOFT_DELETED,
    )
    instances, cores, ram = session.execute(query).one()
    groups = session.scalar(sa.select(sa.func.count()).where(ServerGroup.project_id == project_id))
    return {
        "instances": int(instances),
        "cores": int(cores),
        "ram": int(ram),
        "server_groups": int(groups or 0),
    }


def require(
    session: orm.Session, project_id: str, wanted: Mapping[str, int], defaults: Mapping[str, int]
) -> None:
    """Return when the project may have so much more.  Raises QuotaExceeded naming the figure."""
    lock(session, project_id)
    allowed = limits(session, project_id, defaults)
    used = usage(session, project_id)
    for resource, amount in wanted.items():
        limit = allowed[resource]
        if limit >= 0 and used[resource] + amount > limit:
            raise errors.QuotaExceeded(
                resources=resource, requested=amount, used=used[resource], limit=limit
            )


def require_items(
    session: orm.Session, project_id: str, items: Mapping[str, str], defaults: Mapping[str, int]
) -> None:
    """Return when a server may have so many metadata items.  Raises QuotaExceeded."""
    limit = limits(session, project_id, defaults)["metadata_items"]
    if 0 <= limit < len(items):
        raise errors.QuotaExceeded(
            resources="metadata_items", requested=len(items), used=0, limit=limit
        )


def require_members(
    session: orm.Session, project_id: str, group_id: str, amount: int, defaults: Mapping[str, int]
) -> None:
    """Return when a group may have so many more servers.  Raises QuotaExceeded."""
    lock(session, project_id)
    limit = limits(session, project_id, defaults)["server_group_members"]
    members = sa.select(sa.func.count()).where(
        Server.group_id == group_id, Server.deleted_at.is_(None)
    )
    used = int(session.scalar(members) or 0)
    if limit >= 0 and used + amount > limit:
        raise errors.QuotaExceeded(
            resources="server_group_members", requested=amount, used=used, limit=limit
        )


def require_keys(
    session: orm.Session, project_id: str, user_id: str, defaults: Mapping[str, int]
) -> None:
    """Return when a user may have one more key pair.  Raises QuotaExceeded.

    Keys are counted by user, wherever they were made; the limit is the project's.
    """
    lock(session, f"user {user_id}")
    limit = limits(session, project_id, defaults)["key_pairs"]
    used = keypairs.count(session, user_id)
    if 0 <= limit <= used:
        raise errors.QuotaExceeded(resources="key_pairs", requested=1, used=used, limit=limit)


def set_limit(session: orm.Session, project_id: str, resource: str, hard_limit: int) -> None:
    """Give a project a limit of its own."""
    session.merge(QuotaLimit(project_id=project_id, resource=resource, hard_limit=hard_limit))


def reset(session: orm.Session, project_id: str) -> None:
    """Let the defaults count again."""
    session.execute(sa.delete(QuotaLimit).where(QuotaLimit.project_id == project_id))
