"""Networking v2.0: the URL table, the policy rules, and how an error looks."""

import dataclasses
from collections.abc import Mapping

import falcon

from common import errors, http
from common.auth import Authenticator
from common.http import AppSpec, Route
from common.policy import Policy, Rule
from network.api.networks import NETWORKS
from network.api.ports import PORTS
from network.api.resources import Collection, Item
from network.api.subnets import SUBNETS
from network.logic.networks import Networks
from network.logic.ports import Ports
from network.logic.subnets import Subnets
from network.policies import networks as network_policies
from network.policies import ports as port_policies
from network.policies import subnets as subnet_policies

RULES: list[Rule] = [
    *network_policies.RULES,
    *subnet_policies.RULES,
    *port_policies.RULES,
]
TYPES: dict[type[errors.CloudError], str] = {
    errors.BadRequest: "HTTPBadRequest",
    errors.NotFound: "HTTPNotFound",
    errors.PolicyForbids: "PolicyNotAuthorized",
    errors.Unauthorized: "HTTPUnauthorized",
    errors.CloudError: "HTTPInternalServerError",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Services:
    """What the resources stand on, wired in `cli.py`."""

    networks: Networks
    subnets: Subnets
    ports: Ports


def routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table."""
    nouns = (
        (NETWORKS, services.networks),
        (SUBNETS, services.subnets),
        (PORTS, services.ports),
    )
    table: list[Route] = []
    for noun, deeds in nouns:
        path = f"/v2.0/{noun.plural}"
        table.append(Route(path, Collection(noun, policy, deeds)))
        table.append(Route(path + "/{row_id}", Item(noun, policy, deeds)))
    return table


def create(
    policy: Policy,
    services: Services,
    authenticator: Authenticator,
    health: Mapping[str, http.Check] | None = None,
) -> falcon.App:
    """Return the WSGI app."""
    return http.create_app(
        AppSpec(
            service="network",
            routes=routes(policy, services),
            render=render,
            authenticator=authenticator,
            health=health or {},
        )
    )


def render(error: errors.CloudError, req: falcon.Request) -> dict[str, object]:
    """Return an error's body.  type: the class's name, which clients match on."""
    kind = TYPES.get(type(error), type(error).__name__)
    return {"NeutronError": {"type": kind, "message": str(error), "detail": ""}}
