"""Routers and floating addresses over HTTP."""

from collections.abc import Mapping
from typing import Any

import falcon

from common import http
from common.context import RequestContext
from common.policy import Policy
from network.api.resources import Noun
from network.db import floating_ips, routers
from network.logic.interfaces import Interface, Interfaces
from network.logic.routers import Routers
from network.policies import routers as policies
from network.schemas import routers as schemas
from network.views.floating_ips import floating_ip
from network.views.routers import interface, router


def _outside(policy: Policy, ctx: RequestContext, wanted: Mapping[str, Any]) -> None:
    info = wanted.get("external_gateway_info") or {}
    if "enable_snat" in info or info.get("external_fixed_ips"):
        policy.authorize(ctx, policies.CHOOSE_OUTSIDE)
    if wanted.get("distributed") is not None:
        policy.authorize(ctx, policies.DISTRIBUTE)


def _address(policy: Policy, ctx: RequestContext, wanted: Mapping[str, Any]) -> None:
    if wanted.get("floating_ip_address"):
        policy.authorize(ctx, policies.CHOOSE_FLOATING)


ROUTERS = Noun(
    name="router",
    plural="routers",
    listing=routers.LISTING,
    view=router,
    rules=policies.ROUTERS,
    create=schemas.CREATE,
    update=schemas.UPDATE,
    further=_outside,
)
FLOATING_IPS = Noun(
    name="floatingip",
    plural="floatingips",
    listing=floating_ips.LISTING,
    view=floating_ip,
    rules=policies.FLOATING_IPS,
    create=schemas.CREATE_FLOATING,
    update=schemas.UPDATE_FLOATING,
    further=_address,
)


class InterfacesResource:
    """/v2.0/routers/{id}/add_router_interface and remove_router_interface"""

    def __init__(self, policy: Policy, interfaces: Interfaces) -> None:
        self._policy = policy
        self._interfaces = interfaces

    def on_put_add(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.ADD_INTERFACE)
        wanted = http.body(req, schemas.INTERFACE)
        resp.media = _shown(self._interfaces.add(ctx, row_id, wanted))

    def on_put_remove(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.REMOVE_INTERFACE)
        wanted = http.body(req, schemas.INTERFACE)
        resp.media = _shown(self._interfaces.remove(ctx, row_id, wanted))


class ExtraRoutesResource:
    """/v2.0/routers/{id}/add_extraroutes and remove_extraroutes"""

    def __init__(self, policy: Policy, routers: Routers) -> None:
        self._policy = policy
        self._routers = routers

    def on_put_add(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CHANGE_ROUTES)
        given = http.body(req, schemas.ROUTES)["router"]["routes"]
        resp.media = {"router": router(self._routers.add_routes(ctx, row_id, given), ctx)}

    def on_put_remove(self, req: falcon.Request, resp: falcon.Response, row_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.CHANGE_ROUTES)
        given = http.body(req, schemas.ROUTES)["router"]["routes"]
        resp.media = {"router": router(self._routers.remove_routes(ctx, row_id, given), ctx)}


def _shown(one: Interface) -> dict[str, Any]:
    return interface(one.router, one.port_id, one.network_id, one.subnet_ids)
