"""The URL table of the Orchestration API, and how an error looks in it."""

from typing import Any

import falcon

from common.auth import Authenticator
from common.errors import CloudError
from common.http import AppSpec, Check, Route, create_app
from common.policy import Policy
from orchestration.api.lookup import (
    ActionLookupResource,
    PartLookupResource,
    StackLookupResource,
)
from orchestration.api.resources import (
    EventsResource,
    OutputsResource,
    ResourcesResource,
    SignedSignalResource,
)
from orchestration.api.snapshots import ServicesResource, SnapshotsResource
from orchestration.api.software import ConfigsResource, DeploymentsResource
from orchestration.api.stacks import StackResource, StacksResource
from orchestration.api.types import (
    BuildInfoResource,
    TemplateVersionsResource,
    TypesResource,
    ValidateResource,
    VersionsResource,
)
from orchestration.logic.rooms import Logic
from orchestration.logic.software import Software
from orchestration.logic.stacks import Stacks
from orchestration.policies import resources as part_rules
from orchestration.policies import snapshots as snapshot_rules
from orchestration.policies import stacks as stack_rules

BASE = "/v1/{project_id}"
RULES = [*stack_rules.RULES, *part_rules.RULES, *snapshot_rules.RULES]
STACK = f"{BASE}/stacks/{{name}}/{{stack_id}}"


def routes(policy: Policy, logic: Logic) -> list[Route]:
    """Return the URL table."""
    stacks, parts = logic.stacks, logic.parts
    collection = StacksResource(policy, stacks)
    stack = StackResource(policy, stacks, parts)
    resources = ResourcesResource(policy, stacks, parts)
    events = EventsResource(policy, stacks, parts)
    outputs = OutputsResource(policy, stacks, parts)
    versions = VersionsResource()
    return [
        *[Route(path, versions, public=True) for path in ("/", "/v1", "/v1/")],
        Route("/v1/signal/{node_id}", SignedSignalResource(parts), public=True),
        Route(f"{BASE}/stacks", collection),
        Route(f"{BASE}/stacks/detail", collection, "detail"),
        Route(f"{BASE}/stacks/preview", collection, "preview"),
        Route(f"{BASE}/stacks/{{name}}", StackLookupResource(policy, stacks)),
        *[
            Route(f"{BASE}/stacks/{{name}}/{rest}", PartLookupResource(policy, stacks, rest))
            for rest in (
                "resources",
                "events",
                "template",
                "outputs",
                "environment",
                "files",
                "export",
                "snapshots",
            )
        ],
        Route(f"{BASE}/stacks/{{name}}/actions", ActionLookupResource(policy, stacks, "actions")),
        Route(STACK, stack),
        Route(f"{STACK}/preview", stack, "preview"),
        Route(f"{STACK}/template", stack, "template"),
        Route(f"{STACK}/environment", stack, "environment"),
        Route(f"{STACK}/files", stack, "files"),
        Route(f"{STACK}/actions", stack, "actions"),
        Route(f"{STACK}/resources", resources),
        Route(f"{STACK}/resources/{{resource}}", resources, "one"),
        Route(f"{STACK}/resources/{{resource}}/metadata", resources, "metadata"),
        Route(f"{STACK}/resources/{{resource}}/signal", resources, "signal"),
        Route(f"{STACK}/events", events),
        Route(f"{STACK}/resources/{{resource}}/events", events, "resource"),
        Route(f"{STACK}/resources/{{resource}}/events/{{event_id}}", events, "one"),
        Route(f"{STACK}/outputs", outputs),
        Route(f"{STACK}/outputs/{{output}}", outputs, "one"),
        *_snapshots(policy, logic),
        *_types(policy, stacks),
        *_software(policy, logic.software),
    ]


def _snapshots(policy: Policy, logic: Logic) -> list[Route]:
    found = SnapshotsResource(policy, logic.stacks, logic.snapshots)
    one = f"{STACK}/snapshots/{{snapshot_id}}"
    return [
        Route(f"{STACK}/snapshots", found),
        Route(one, found, "one"),
        Route(f"{one}/restore", found, "restore"),
        Route(f"{STACK}/export", found, "export"),
        Route(f"{STACK}/abandon", found, "abandon"),
        Route(f"{BASE}/services", ServicesResource(policy, logic.snapshots)),
    ]


def _software(policy: Policy, software: Software) -> list[Route]:
    configs, deployments = ConfigsResource(policy, software), DeploymentsResource(policy, software)
    where = f"{BASE}/software_deployments"
    return [
        Route(f"{BASE}/software_configs", configs),
        Route(f"{BASE}/software_configs/{{config_id}}", configs, "one"),
        Route(where, deployments),
        Route(f"{where}/metadata/{{server_id}}", deployments, "metadata"),
        Route(f"{where}/{{deployment_id}}", deployments, "one"),
    ]


def _types(policy: Policy, stacks: Stacks) -> list[Route]:
    types, versions = TypesResource(policy), TemplateVersionsResource(policy)
    return [
        Route(f"{BASE}/resource_types", types),
        Route(f"{BASE}/resource_types/{{name}}", types, "one"),
        Route(f"{BASE}/resource_types/{{name}}/template", types, "template"),
        Route(f"{BASE}/template_versions", versions),
        Route(f"{BASE}/template_versions/{{version}}/functions", versions, "functions"),
        Route(f"{BASE}/build_info", BuildInfoResource(policy)),
        Route(f"{BASE}/validate", ValidateResource(policy, stacks)),
    ]


def build(
    policy: Policy, logic: Logic, authenticator: Authenticator, health: dict[str, Check]
) -> falcon.App:
    """Return the WSGI app."""
    return create_app(
        AppSpec(
            service="orchestration",
            routes=routes(policy, logic),
            render=render,
            authenticator=authenticator,
            health=health,
        )
    )


def render(error: CloudError, req: falcon.Request) -> dict[str, Any]:
    """Return an error as Heat writes it."""
    return {
        "code": error.status,
        "title": error.title,
        "explanation": EXPLANATIONS.get(error.status, error.title),
        "error": {"message": str(error), "traceback": None, "type": _kind(error)},
    }


def _kind(error: CloudError) -> str:
    """Return the name that clients know an error by."""
    found = type(error).__name__
    return {"TemplateInvalid": "StackValidationFailed", "StackQuota": "RequestLimitExceeded"}.get(
        found, found
    )


EXPLANATIONS = {
    400: "The server could not comply with the request since it is either malformed or otherwise "
    "incorrect.",
    401: "This server could not verify that you are authorized to access the document you "
    "requested.",
    403: "Access was denied to this resource.",
    404: "The resource could not be found.",
    409: "There was a conflict when trying to complete your request.",
    502: "Another service gave an answer that was not expected.",
    503: "The server is currently unavailable.  Please try again at a later time.",
}
