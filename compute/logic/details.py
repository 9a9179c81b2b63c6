"""Metadata and tags of a server: words its owner keeps with it."""

import builtins
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import orm

from common import errors as roots
from common.clock import Clock
from common.context import RequestContext
from common.db import Database
from compute.db import quotas
from compute.db import servers as queries
from compute.db.models import Server, ServerTag

MAX_TAGS = 50


class KeyNotFound(roots.NotFound):
    message = "Metadata item was not found"


class TagNotFound(roots.NotFound):
    message = "Server {server_id} has no tag '{tag}'"


class Details:
    """Metadata: key and value, both text.  quota: items a server may have."""

    def __init__(self, database: Database, clock: Clock, quota: Mapping[str, int]) -> None:
        self._database = database
        self._clock = clock
        self._quota = quota

    def get(self, ctx: RequestContext, server_id: str) -> dict[str, str]:
        """Return all of a server's metadata.  Raises ServerNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, server_id).details

    def set(
        self, ctx: RequestContext, server_id: str, wanted: Mapping[str, str], *, replace: bool
    ) -> dict[str, str]:
        """Add to, or replace, a server's metadata.  Raises ServerNotFound, QuotaExceeded."""
        with self._database.transaction() as session:
            server = _alone(session, ctx, server_id)
            after = dict(wanted) if replace else {**server.details, **wanted}
            quotas.require_items(session, server.project_id, after, self._quota)
            queries.touch(session, server, self._clock(), details=after)
        return after

    def delete(self, ctx: RequestContext, server_id: str, key: str) -> None:
        """Remove one item.  Raises ServerNotFound, KeyNotFound."""
        with self._database.transaction() as session:
            server = _alone(session, ctx, server_id)
            if key not in server.details:
                raise KeyNotFound()
            after = {name: value for name, value in server.details.items() if name != key}
            queries.touch(session, server, self._clock(), details=after)


class Tags:
    """Tags: plain words, fifty at the most."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(self, ctx: RequestContext, server_id: str) -> list[str]:
        """Return a server's tags.  Raises ServerNotFound."""
        with self._database.reading() as session:
            queries.get(session, ctx, server_id)
            return queries.tags_of(session, [server_id])[server_id]

    def has(self, ctx: RequestContext, server_id: str, tag: str) -> None:
        """Return when the server has the tag.  Raises ServerNotFound, TagNotFound."""
        if tag not in self.list(ctx, server_id):
            raise TagNotFound(server_id=server_id, tag=tag)

    def add(self, ctx: RequestContext, server_id: str, tag: str) -> bool:
        """Add a tag; say whether it is new.  Raises ServerNotFound, BadRequest past fifty."""
        with self._database.transaction() as session:
            server = _alone(session, ctx, server_id)
            known = queries.tags_of(session, [server_id])[server_id]
            if tag in known:
                return False
            if len(known) >= MAX_TAGS:
                raise roots.BadRequest(
                    reason=f"The number of tags exceeded the per-server limit {MAX_TAGS}"
                )
            session.add(ServerTag(server_id=server_id, tag=tag))
            queries.touch(session, server, self._clock())
        return True

    def replace(
        self, ctx: RequestContext, server_id: str, tags: Sequence[str]
    ) -> builtins.list[str]:
        """Make these the server's only tags.  Raises ServerNotFound."""
        wanted = sorted(set(tags))
        with self._database.transaction() as session:
            server = queries.get(session, ctx, server_id)
            session.execute(sa.delete(ServerTag).where(ServerTag.server_id == server_id))
            session.add_all(ServerTag(server_id=server_id, tag=tag) for tag in wanted)
            queries.touch(session, server, self._clock())
        return wanted

    def delete(self, ctx: RequestContext, server_id: str, tag: str) -> None:
        """Remove a tag.  Raises ServerNotFound, TagNotFound."""
        with self._database.transaction() as session:
            queries.get(session, ctx, server_id)
            row = session.get(ServerTag, (server_id, tag))
            if row is None:
                raise TagNotFound(server_id=server_id, tag=tag)
            session.delete(row)


def _alone(session: orm.Session, ctx: RequestContext, server_id: str) -> Server:
    """Return a server nobody else of the project changes until the transaction ends."""
    server = queries.get(session, ctx, server_id)
    quotas.lock(session, server.project_id)
    session.refresh(server)
    return server
