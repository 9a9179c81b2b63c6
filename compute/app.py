"""The URL tables of Compute, Placement and the metadata service, and how errors look in them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import falcon

from common import errors, http
from common.auth import Authenticator
from common.http import Route
from common.policy import Policy
from compute.api import actions, servers, versions
from compute.logic.services import Services
from compute.policies import servers as server_policies

Wsgi = Callable[..., Any]
Check = Callable[[], None]
RULES = [*server_policies.RULES]
FAULTS = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    406: "notAcceptable",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    501: "notImplemented",
    503: "serviceUnavailable",
}


def render(error: errors.CloudError, req: falcon.Request) -> dict[str, Any]:
    """Return an error as Compute shows it."""
    name = FAULTS.get(error.status, "computeFault")
    return {name: {"code": error.status, "message": str(error)}}


def compute_routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table of Compute v2.1."""
    at = "/v2.1"
    listing = servers.ServersResource(policy, services.creation, services.servers)
    return [
        *_version_routes(),
        Route(f"{at}/servers", listing),
        Route(f"{at}/servers/detail", listing, suffix="detail"),
        Route(f"{at}/servers/{{server_id}}", servers.ServerResource(policy, services.servers)),
        Route(
            f"{at}/servers/{{server_id}}/action",
            actions.ActionResource(policy, services.servers, services.console, services.groups),
        ),
    ]


def _version_routes() -> list[Route]:
    current = versions.VersionResource("v2.1")
    old = versions.VersionResource("v2.0")
    return [
        Route("/", versions.RootResource(), public=True),
        Route("/v2.1", current, public=True),
        Route("/v2.1/", current, public=True),
        Route("/v2", old, public=True),
        Route("/v2/", old, public=True),
    ]


def compute_app(
    policy: Policy,
    services: Services,
    authenticator: Authenticator,
    health: Mapping[str, Check],
) -> falcon.App:
    """Return the app of Compute v2.1."""
    return http.create_app(
        http.AppSpec(
            service="compute",
            routes=compute_routes(policy, services),
            render=render,
            authenticator=authenticator,
            microversions=versions.COMPUTE,
            health=health,
        )
    )


_LEGACY = re.compile(r"^/v2(?:\.1)?(?:/[0-9a-f]{32}(?=/))?(?=/.)")


def by_port(apps: Mapping[int, Wsgi]) -> Wsgi:
    """Return one WSGI callable that hands each request to the app of the port it came in by.

    Addresses of old clients, `/v2/...` and `/v2.1/<project>/...`, mean the same as `/v2.1/...`.
    """

    def dispatch(environ: dict[str, Any], start_response: Any) -> Any:
        port = int(environ["SERVER_PORT"])
        environ["PATH_INFO"] = _LEGACY.sub("/v2.1", environ["PATH_INFO"])
        return apps[port](environ, start_response)

    return dispatch
