"""The apps of Compute, Placement and the metadata service, and how errors look in them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import falcon

from common import errors, http
from common.auth import Authenticator
from common.http import Route
from common.microversions import VersionUnsupported
from common.policy import Policy
from compute.api import instance_metadata, ledger_http, strict, versions
from compute.logic.instance_metadata import InstanceMetadata
from compute.logic.services import Services
from compute.policies import consoles as console_policies
from compute.policies import flavors as flavor_policies
from compute.policies import floating_ips as floating_ip_policies
from compute.policies import hosts as host_policies
from compute.policies import images as image_policies
from compute.policies import keypairs as keypair_policies
from compute.policies import migrations as migration_policies
from compute.policies import older as older_policies
from compute.policies import placement as placement_policies
from compute.policies import projects as project_policies
from compute.policies import security_groups as security_group_policies
from compute.policies import servers as server_policies
from compute.urls import compute_routes, placement_routes

Wsgi = Callable[..., Any]
Check = Callable[[], None]
RULES = [
    *server_policies.RULES,
    *console_policies.RULES,
    *flavor_policies.RULES,
    *keypair_policies.RULES,
    *project_policies.RULES,
    *host_policies.RULES,
    *placement_policies.RULES,
    *security_group_policies.RULES,
    *image_policies.RULES,
    *floating_ip_policies.RULES,
    *older_policies.RULES,
    *migration_policies.RULES,
]
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
            prepare=strict.refuse_unknown,
            request_id_header="x-compute-request-id",
        )
    )


def render_placement(error: errors.CloudError, req: falcon.Request) -> dict[str, Any]:
    """Return an error as Placement shows it."""
    shown: dict[str, Any] = {
        "status": error.status,
        "title": error.title,
        "detail": str(error),
        "request_id": req.context.request_id,
    }
    if isinstance(error, VersionUnsupported):
        shown |= {"min_version": "1.0", "max_version": "1.39"}
        shown["detail"] = f"Unacceptable version header: {error.facts['asked']}. {error}"
    if (req.context.version or versions.PLACEMENT.wanted(req)) >= (1, 23):
        shown["code"] = getattr(error, "code", "placement.undefined_code")
    return {"errors": [shown]}


def placement_app(
    policy: Policy,
    services: Services,
    authenticator: Authenticator,
    health: Mapping[str, Check],
) -> falcon.App:
    """Return the app of Placement."""
    return http.create_app(
        http.AppSpec(
            service="placement",
            routes=placement_routes(policy, services),
            render=render_placement,
            authenticator=authenticator,
            microversions=versions.PLACEMENT,
            health=health,
            prepare=ledger_http.content_type_needed,
        )
    )


def metadata_app(metadata: InstanceMetadata, health: Mapping[str, Check]) -> falcon.App:
    """Return the app that the metadata proxies ask."""
    sink = instance_metadata.MetadataSink(metadata)
    return http.create_app(
        http.AppSpec(
            service="metadata",
            routes=[Route("/", sink), Route("/{path:path}", sink)],
            render=lambda error, req: f"{error.status} {error.title}",
            authenticator=None,
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
