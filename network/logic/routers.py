"""Routers: made, changed and removed."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import orm

from common.context import RequestContext
from network import errors
from network.db import routers as queries
from network.db import rows
from network.db.base import new_id
from network.db.lists import Wanted
from network.db.router_models import Router
from network.logic import gateways, ranges
from network.logic.base import Logic, named, owner
from network.rpc.contract import ROUTER, Changes

PLAIN = ("name", "description", "admin_state_up")
MOST_ROUTES = 30


class Routers(Logic):
    """What can be done with routers, their legs aside."""

    def list(self, ctx: RequestContext, wanted: Wanted) -> list[Router]:
        """Return one page of the routers the caller may see."""
        with self._database.reading() as session:
            return queries.LISTING.fetch(session, queries.visible(ctx), wanted)

    def get(self, ctx: RequestContext, router_id: str) -> Router:
        """Return one router.  Raises RouterNotFound."""
        with self._database.reading() as session:
            return queries.get(session, ctx, router_id)

    def create(self, ctx: RequestContext, wanted: Sequence[Mapping[str, Any]]) -> Sequence[Router]:
        """Make all of the routers or none.  Raises OverQuota, NetworkNotFound, BadRequest."""
        with self._database.transaction() as session:
            made = [self._create(session, ctx, one) for one in wanted]
        changes: Changes = [(ROUTER, router.id) for router in made]
        self._tell(ctx, *changes)
        return made

    def _create(
        self, session: orm.Session, ctx: RequestContext, wanted: Mapping[str, Any]
    ) -> Router:
        project_id = owner(ctx, wanted)
        self._quotas.reserve(session, project_id, "router")
        router_id = new_id()
        values = {**named(wanted, PLAIN), "distributed": bool(wanted.get("distributed"))}
        session.add(Router(id=router_id, project_id=project_id, **values))
        session.flush()
        rows.set_tags(session, router_id, wanted.get("tags", ()))
        if wanted.get("external_gateway_info"):
            router = queries.get(session, ctx, router_id)
            gateways.change(session, ctx, router, wanted["external_gateway_info"])
            session.flush()
        return queries.get(session, ctx, router_id)

    def update(self, ctx: RequestContext, router_id: str, wanted: Mapping[str, Any]) -> Router:
        """Change a router.  Raises RouterNotFound, InvalidRoutes, and as `gateways.change`."""
        with self._database.transaction() as session:
            router = queries.get(session, ctx, router_id)
            rows.lock(session, router_id)
            values = named(wanted, PLAIN)
            distributed = wanted.get("distributed")
            if distributed is not None and distributed != router.distributed:
                if values.get("admin_state_up", router.admin_state_up):
                    raise errors.RouterUpBeforeUpdate(router_id=router_id)
                values["distributed"] = distributed
            if "external_gateway_info" in wanted:
                gateways.change(session, ctx, router, wanted["external_gateway_info"])
            if "routes" in wanted:
                values["routes"] = self._routes(session, router, wanted["routes"] or [])
            if not rows.change(router, values):
                rows.advance(router)
            session.flush()
            router = queries.get(session, ctx, router_id)
        self._tell(ctx, (ROUTER, router_id))
        return router

    def add_routes(
        self, ctx: RequestContext, router_id: str, given: Sequence[Mapping[str, str]]
    ) -> Router:
        """Add extra routes; those that are there already stay.  Raises InvalidRoutes."""

        def merged(there: Sequence[dict[str, str]]) -> Sequence[Mapping[str, str]]:
            return [*there, *(one for one in ranges.checked_routes(given) if one not in there)]

        return self._change_routes(ctx, router_id, merged)

    def remove_routes(
        self, ctx: RequestContext, router_id: str, given: Sequence[Mapping[str, str]]
    ) -> Router:
        """Take extra routes away; it is no error when one has gone.  Raises RouterNotFound."""
        gone = ranges.checked_routes(given)
        return self._change_routes(
            ctx, router_id, lambda there: [one for one in there if one not in gone]
        )

    def _change_routes(
        self,
        ctx: RequestContext,
        router_id: str,
        changed: Callable[[Sequence[dict[str, str]]], Sequence[Mapping[str, str]]],
    ) -> Router:
        with self._database.transaction() as session:
            router = queries.get(session, ctx, router_id)
            rows.lock(session, router_id)
            wanted = self._routes(session, router, changed(router.routes))
            rows.change(router, {"routes": wanted})
            session.flush()
            router = queries.get(session, ctx, router_id)
        self._tell(ctx, (ROUTER, router_id))
        return router

    def _routes(
        self, session: orm.Session, router: Router, given: Sequence[Mapping[str, str]]
    ) -> Sequence[dict[str, str]]:
        """Return extra routes whose next hops the router reaches.  Raises InvalidRoutes."""
        if len(given) > MOST_ROUTES:
            raise errors.InvalidRoutes(routes=len(given), reason=f"the most is {MOST_ROUTES}")
        legs = [*queries.legs(session, router.id), *queries.gateway_legs(session, router)]
        nets = [ipaddress.ip_network(leg.subnet.cidr) for leg in legs]
        own = {leg.address for leg in legs}
        routes = ranges.checked_routes(given)
        for route in routes:
            hop = route["nexthop"]
            if not any(ipaddress.ip_address(hop) in net for net in nets):
                reason = f"the nexthop {hop} is not connected with router"
                raise errors.InvalidRoutes(routes=route, reason=reason)
            if hop in own:
                raise errors.InvalidRoutes(routes=route, reason=f"{hop} is the router's own")
        return routes

    def delete(self, ctx: RequestContext, router_id: str) -> None:
        """Remove a router and its gateway.  Raises RouterNotFound, RouterInUse."""
        with self._database.transaction() as session:
            router = queries.get(session, ctx, router_id)
            rows.lock(session, router_id)
            ports = [leg.port_id for leg in queries.legs(session, router_id)]
            if ports:
                raise errors.RouterInUse(router_id=router_id, ports=", ".join(ports[:5]))
            gateways.remove(session, router)
            rows.delete(session, router)
        self._tell(ctx, (ROUTER, router_id))
