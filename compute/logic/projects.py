"""What projects may have and have: quotas, limits, usage, and server groups."""

import builtins
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute.db import keypairs, quotas
from compute.db.models import Server, ServerGroup


class GroupNotFound(roots.NotFound):
    message = "Instance group {group_id} could not be found."


class LimitBelowUsage(roots.BadRequest):
    message = (
        "Quota limit {limit} for {resource} must be greater than or equal to already used {used}."
    )


class Quotas:
    """Limits and what is used of them.  defaults: the configured limits by resource."""

    def __init__(self, database: Database, defaults: Mapping[str, int]) -> None:
        self._database = database
        self._defaults = defaults

    def limits(self, project_id: str) -> dict[str, int]:
        """Return the limits that count for a project."""
        with self._database.reading() as session:
            return quotas.limits(session, project_id, self._defaults)

    def usage(self, project_id: str, user_id: str | None = None) -> dict[str, int]:
        """Return what a project has now; with a user, also the keys of that user."""
        with self._database.reading() as session:
            found = quotas.usage(session, project_id)
            found["key_pairs"] = keypairs.count(session, user_id) if user_id else 0
        return found

    def update(self, project_id: str, wanted: Mapping[str, int], *, force: bool) -> None:
        """Give a project limits of its own.  Raises LimitBelowUsage unless forced."""
        with self._database.transaction() as session:
            used = quotas.usage(session, project_id)
            for resource, limit in wanted.items():
                if not force and 0 <= limit < used.get(resource, 0):
                    raise LimitBelowUsage(limit=limit, resource=resource, used=used[resource])
                quotas.set_limit(session, project_id, resource, limit)

    def reset(self, project_id: str) -> None:
        """Let the defaults count again for a project."""
        with self._database.transaction() as session:
            quotas.reset(session, project_id)


class Usage:
    """How long servers of a project existed within a time, and how big they were."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(
        self, project_id: str | None, start: dt.datetime, stop: dt.datetime
    ) -> dict[str, list[tuple[Server, float]]]:
        """Return servers and their hours by project; None: every project."""
        query = sa.select(Server).where(
            Server.created_at < stop,
            sa.or_(Server.deleted_at.is_(None), Server.deleted_at > start),
        )
        if project_id is not None:
            query = query.where(Server.project_id == project_id)
        found: dict[str, list[tuple[Server, float]]] = {}
        with self._database.reading() as session:
            for server in session.scalars(query.order_by(Server.created_at)):
                begun = max(server.launched_at or server.created_at, start)
                ended = min(server.deleted_at or self._clock(), stop)
                hours = max((ended - begun).total_seconds(), 0.0) / 3600
                found.setdefault(server.project_id, []).append((server, hours))
        return found


class ServerGroups:
    """Groups of servers that want to be together, or apart."""

    def __init__(self, database: Database, clock: Clock, defaults: Mapping[str, int]) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults

    def list(
        self, ctx: RequestContext, *, everywhere: bool
    ) -> list[tuple[ServerGroup, builtins.list[str]]]:
        """Return groups, each with the ids of its servers."""
        query = sa.select(ServerGroup).order_by(ServerGroup.created_at, ServerGroup.id)
        if not everywhere:
            query = query.where(ServerGroup.project_id == ctx.project_id)
        with self._database.reading() as session:
            return [(group, _members(session, group.id)) for group in session.scalars(query)]

    def get(self, ctx: RequestContext, group_id: str) -> tuple[ServerGroup, builtins.list[str]]:
        """Return one group and the ids of its servers.  Raises GroupNotFound."""
        with self._database.reading() as session:
            return _get(session, ctx, group_id), _members(session, group_id)

    def create(
        self, ctx: RequestContext, name: str, policy: str, max_per_host: int | None
    ) -> ServerGroup:
        """Keep a new group.  Raises QuotaExceeded."""
        group = ServerGroup(
            id=str(uuid.uuid4()),
            project_id=ctx.project_id,
            user_id=ctx.user_id,
            name=name,
            policy=policy,
            max_server_per_host=max_per_host,
            created_at=self._clock(),
        )
        with self._database.transaction() as session:
            quotas.require(session, ctx.project_id or "", {"server_groups": 1}, self._defaults)
            session.add(group)
        return group

    def delete(self, ctx: RequestContext, group_id: str) -> None:
        """Remove a group; its servers stay where they are.  Raises GroupNotFound."""
        with self._database.transaction() as session:
            group = _get(session, ctx, group_id)
            session.execute(
                sa.update(Server).where(Server.group_id == group_id).values(group_id=None)
            )
            session.delete(group)


def _get(session: Any, ctx: RequestContext, group_id: str) -> ServerGroup:
    group: ServerGroup | None = session.get(ServerGroup, group_id)
    if group is None or not (ctx.is_admin or group.project_id == ctx.project_id):
        raise GroupNotFound(group_id=group_id)
    return group


def _members(session: Any, group_id: str) -> list[str]:
    query = sa.select(Server.id).where(Server.group_id == group_id, Server.deleted_at.is_(None))
    return list(session.scalars(query.order_by(Server.created_at)))
