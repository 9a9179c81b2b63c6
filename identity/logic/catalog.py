"""Services, endpoints and regions."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from common.context import RequestContext
from common.errors import BadRequest
from identity.db import rows
from identity.db.models import Endpoint, Region, Service
from identity.errors import ActionForbidden, Duplicate
from identity.logic.things import Things
from identity.logic.work import Change


class Services(Things[Service]):
    """Every kind of API."""

    model = Service
    writable = frozenset({"type", "name", "description", "enabled"})
    filters = frozenset({"type", "name"})


class Endpoints(Things[Endpoint]):
    """Where they answer."""

    model = Endpoint
    writable = frozenset({"service_id", "interface", "url", "region_id", "name", "enabled"})
    filters = frozenset({"service_id", "interface", "region_id"})

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        """Find what the endpoint refers to.  Raises BadRequest when it is not there."""
        if session.get(Service, values["service_id"]) is None:
            raise BadRequest(reason=f"Could not find service: {values['service_id']}.")
        old_name = values.pop("region", None)
        values["region_id"] = region_id = values.get("region_id") or old_name
        if region_id and session.get(Region, region_id) is None:
            if not old_name:
                raise BadRequest(reason=f"Could not find region: {region_id}.")
            session.add(Region(id=region_id))  # naming a region by `region` makes it
            session.flush()

    def _keep(self, row: Endpoint, values: dict[str, Any]) -> None:
        super()._keep(row, values)
        session = orm.object_session(row)
        assert session is not None
        merged = {"service_id": row.service_id, **values}
        if not values.keys() & {"region", "region_id"}:
            merged["region_id"] = row.region_id
        self._prepare(session, RequestContext.internal(), merged)
        values.pop("region", None)
        values["region_id"] = merged["region_id"]


class Regions(Things[Region]):
    """Every place."""

    model = Region
    writable = frozenset({"id", "description", "parent_region_id"})
    filters = frozenset({"parent_region_id"})

    def create(self, ctx: RequestContext, wanted: Mapping[str, Any]) -> Region:
        """Store a new region, under the id it was given or a new one."""
        values = {name: value for name, value in wanted.items() if name != "id" or value}
        return super().create(ctx, values)

    def _prepare(self, session: orm.Session, ctx: RequestContext, values: dict[str, Any]) -> None:
        if values.get("parent_region_id"):
            rows.get(session, Region, values["parent_region_id"])
        if values.get("id") and session.get(Region, values["id"]) is not None:
            reason = f"Duplicate ID, {values['id']}"
            raise Duplicate(kind="region", reason=reason)

    def _keep(self, row: Region, values: dict[str, Any]) -> None:
        super()._keep(row, values)
        parent_id = values.get("parent_region_id")
        session = orm.object_session(row)
        if parent_id and session is not None:
            _no_circle(session, row.id, parent_id)

    def _leaving(self, change: Change, row: Region) -> None:
        used = sa.select(Endpoint.id).where(Endpoint.region_id == row.id).limit(1)
        if change.session.scalar(used) is not None:
            raise ActionForbidden(reason=f"region {row.id} has endpoints")
        for child in _below(change.session, row.id):
            change.session.delete(child)
            change.session.flush()


def _no_circle(session: orm.Session, region_id: str, parent_id: str) -> None:
    above: str | None = parent_id
    while above is not None:
        if above == region_id:
            raise BadRequest(reason=f"region {region_id} cannot be below itself")
        above = rows.get(session, Region, above).parent_region_id


def _below(session: orm.Session, region_id: str) -> Sequence[Region]:
    """Return the regions below one, the deepest first."""
    found: list[Region] = []
    children = sa.select(Region).where(Region.parent_region_id == region_id)
    for child in session.scalars(children).all():
        found += [*_below(session, child.id), child]
    return found
