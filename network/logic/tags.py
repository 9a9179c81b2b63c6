"""Tags of any resource."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from common.context import RequestContext
from network import errors
from network.db import (
    floating_ips,
    groups,
    networks,
    pools,
    ports,
    qos,
    routers,
    rows,
    subnets,
    trunks,
)
from network.db.base import Tag
from network.logic.base import Logic

GET: dict[str, Callable[..., Any]] = {
    "networks": networks.get_own,
    "subnets": subnets.get_own,
    "ports": ports.get,
    "routers": routers.get,
    "floatingips": floating_ips.get,
    "security-groups": groups.get_own,
    "subnetpools": pools.get_pool,
    "policies": qos.get,
    "trunks": trunks.get,
}


class Tags(Logic):
    """What can be done with tags.  plural: the resource's word in the path."""

    def get(self, ctx: RequestContext, plural: str, row_id: str) -> Sequence[str]:
        """Return a resource's tags.  Raises its NotFound."""
        with self._database.reading() as session:
            return [tag.tag for tag in GET[plural](session, ctx, row_id).tags]

    def check(self, ctx: RequestContext, plural: str, row_id: str, tag: str) -> None:
        """Return when the resource has the tag.  Raises TagNotFound."""
        if tag not in self.get(ctx, plural, row_id):
            raise errors.TagNotFound(tag=tag)

    def replace(
        self, ctx: RequestContext, plural: str, row_id: str, tags: Sequence[str]
    ) -> Sequence[str]:
        """Make a resource's tags those given.  Raises its NotFound."""
        with self._database.transaction() as session:
            GET[plural](session, ctx, row_id)
            rows.set_tags(session, row_id, tags)
        return sorted(set(tags))

    def add(self, ctx: RequestContext, plural: str, row_id: str, tag: str) -> None:
        """Give a resource one more tag, if it hasn't got it.  Raises its NotFound."""
        with self._database.transaction() as session:
            GET[plural](session, ctx, row_id)
            session.merge(Tag(resource_id=row_id, tag=tag))

    def remove(self, ctx: RequestContext, plural: str, row_id: str, tag: str) -> None:
        """Take one tag away.  Raises TagNotFound, or the resource's NotFound."""
        with self._database.transaction() as session:
            GET[plural](session, ctx, row_id)
            gone = session.execute(
                sa.delete(Tag).where(Tag.resource_id == row_id, Tag.tag == tag).returning(Tag.tag)
            ).all()
            if not gone:
                raise errors.TagNotFound(tag=tag)
