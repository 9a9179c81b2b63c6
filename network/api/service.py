"""Versions, extensions, availability zones and the use of addresses over HTTP."""

from collections.abc import Sequence

import falcon

from common.policy import Policy
from network import errors
from network.logic.availability import Availability
from network.policies import service as policies
from network.views import service as views


class VersionsResource:
    """/ and /v2.0/"""

    def __init__(self, plurals: Sequence[tuple[str, str]]) -> None:
        self._plurals = plurals

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = views.versions(req.prefix)

    def on_get_resources(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = views.resources(req.prefix, self._plurals)


class ExtensionsResource:
    """/v2.0/extensions and /v2.0/extensions/{alias}"""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        resp.media = {"extensions": [views.extension(alias) for alias in views.EXTENSIONS]}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, alias: str) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        if alias not in views.EXTENSIONS:
            raise errors.ExtensionNotFound(alias=alias)
        resp.media = {"extension": views.extension(alias)}


class ZonesResource:
    """/v2.0/availability_zones"""

    def __init__(self, policy: Policy, zone: str) -> None:
        self._policy = policy
        self._zone = zone

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._policy.authorize(req.context.ctx, policies.DISCOVER)
        resp.media = views.zones(self._zone)


class AvailabilityResource:
    """/v2.0/network-ip-availabilities and /v2.0/network-ip-availabilities/{network_id}"""

    def __init__(self, policy: Policy, availability: Availability) -> None:
        self._policy = policy
        self._availability = availability

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.AVAILABILITY)
        resp.media = {"network_ip_availabilities": self._availability.list(ctx)}

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, network_id: str) -> None:
        ctx = req.context.ctx
        self._policy.authorize(ctx, policies.AVAILABILITY)
        found = self._availability.list(ctx, network_id)
        resp.media = {"network_ip_availability": found[0]}
