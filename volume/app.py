"""The app of Block Storage v3, and how errors look in it."""

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import falcon

from common import errors, http
from common.auth import Authenticator
from common.http import Route
from common.policy import Policy
from volume.api import versions
from volume.logic.services import Services
from volume.policies import admin as admin_policies
from volume.policies import attachments as attachment_policies
from volume.policies import backups as backup_policies
from volume.policies import groups as group_policies
from volume.policies import services as service_policies
from volume.policies import snapshots as snapshot_policies
from volume.policies import types as type_policies
from volume.policies import volumes as volume_policies
from volume.urls import routes

Check = Callable[[], None]
RULES = [
    *service_policies.RULES,
    *volume_policies.RULES,
    *snapshot_policies.RULES,
    *attachment_policies.RULES,
    *type_policies.RULES,
    *admin_policies.RULES,
    *group_policies.RULES,
    *backup_policies.RULES,
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


class WrongProject(errors.BadRequest):
    message = (
        "Malformed request url: project {given} in it is not the token's own; "
        "/v3/... without a project would work."
    )


def render(error: errors.CloudError, req: falcon.Request) -> dict[str, Any]:
    """Return an error as Block Storage shows it."""
    name = FAULTS.get(error.status, "computeFault")
    shown: dict[str, Any] = {"code": error.status, "message": str(error)}
    if error.status == 413:
        shown["retryAfter"] = "0"
    return {name: shown}


def create_app(
    policy: Policy,
    services: Services,
    authenticator: Authenticator,
    health: Mapping[str, Check],
) -> falcon.App:
    """Return the WSGI app."""
    table = routes(policy, services)
    return http.create_app(
        http.AppSpec(
            service="volume",
            routes=table,
            render=render,
            authenticator=authenticator,
            microversions=versions.VOLUME,
            health=health,
            reroute=Projects(table),
            prepare=refuse_other_projects,
            request_id_header="x-compute-request-id",
        )
    )


class Projects:
    """Takes the project out of `/v3/<project id>/...`, and keeps it for a look later.

    An address that ends where an id should stand is nobody's: NotFound, whatever the body.
    """

    def __init__(self, table: Iterable[Route]) -> None:
        paths = (route.path.split("/") for route in table)
        self._nouns = {path[2] for path in paths if len(path) > 2 and path[1] == "v3"}

    def __call__(self, req: falcon.Request) -> None:
        found = _IN_PROJECT.fullmatch(req.path)
        if found and found[1] not in self._nouns:
            req.context.project_in_path = found[1]
            req.path = f"/v3{found[2]}"
        if req.path.endswith("/") and req.path not in ("/", "/v3/"):
            raise errors.NotFound()


_IN_PROJECT = re.compile(r"/v3/([A-Za-z0-9._-]{1,64})(/.*)")


def refuse_other_projects(req: falcon.Request) -> None:
    """Raise WrongProject when the address names another project than the token.

    Another service of the cloud works for the project that the address names.
    """
    ctx, given = req.context.ctx, getattr(req.context, "project_in_path", None)
    if given is None or given == ctx.project_id:
        return
    if "service" not in ctx.roles:
        raise WrongProject(given=given)
    req.context.ctx = dataclasses.replace(ctx, project_id=given)
