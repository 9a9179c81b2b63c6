"""Networking v2.0: the URL table, the policy rules, and how an error looks."""

import dataclasses
from collections.abc import Mapping

import falcon

from common import errors, http
from common.auth import Authenticator
from common.http import AppSpec, Route
from common.policy import Policy, Rule
from network.api import qos as qos_api
from network.api.address_groups import ADDRESS_GROUPS, AddressesResource
from network.api.agents import AgentsResource, ProvidersResource
from network.api.forwardings import PORT_FORWARDINGS
from network.api.groups import SECURITY_GROUP_RULES, SECURITY_GROUPS
from network.api.nested import NestedCollection, NestedItem
from network.api.networks import NETWORKS
from network.api.pools import ADDRESS_SCOPES, SUBNET_POOLS, PrefixesResource
from network.api.ports import PORTS
from network.api.quotas import QuotasResource
from network.api.rbac import RBAC_POLICIES
from network.api.resources import Changed, Collection, Item, Noun, Readable
from network.api.routers import FLOATING_IPS, ROUTERS, ExtraRoutesResource, InterfacesResource
from network.api.service import (
    AvailabilityResource,
    ExtensionsResource,
    VersionsResource,
    ZonesResource,
)
from network.api.subnets import SUBNETS
from network.api.tags import TagsResource
from network.api.trunks import TRUNKS, SubPortsResource
from network.logic.address_groups import AddressGroups
from network.logic.address_scopes import AddressScopes
from network.logic.agents import Agents
from network.logic.availability import Availability
from network.logic.floating_ips import FloatingIps
from network.logic.forwardings import PortForwardings
from network.logic.groups import SecurityGroupRules, SecurityGroups
from network.logic.interfaces import Interfaces
from network.logic.networks import Networks
from network.logic.ports import Ports
from network.logic.qos import QosPolicies
from network.logic.qos_rules import QosRules
from network.logic.quotas import ProjectQuotas
from network.logic.rbac import RbacPolicies
from network.logic.routers import Routers
from network.logic.subnet_pools import SubnetPools
from network.logic.subnets import Subnets
from network.logic.tags import Tags
from network.logic.trunks import Trunks
from network.policies import address_groups as address_group_policies
from network.policies import agents as agent_policies
from network.policies import forwardings as forwarding_policies
from network.policies import groups as group_policies
from network.policies import networks as network_policies
from network.policies import pools as pool_policies
from network.policies import ports as port_policies
from network.policies import qos as qos_policies
from network.policies import rbac as rbac_policies
from network.policies import routers as router_policies
from network.policies import service as service_policies
from network.policies import subnets as subnet_policies
from network.policies import trunks as trunk_policies

RULES: list[Rule] = [
    *network_policies.RULES,
    *subnet_policies.RULES,
    *port_policies.RULES,
    *pool_policies.RULES,
    *rbac_policies.RULES,
    *qos_policies.RULES,
    *forwarding_policies.RULES,
    *address_group_policies.RULES,
    *agent_policies.RULES,
    *trunk_policies.RULES,
    *group_policies.RULES,
    *router_policies.RULES,
    *service_policies.RULES,
]
TYPES: dict[type[errors.CloudError], str] = {
    errors.BadRequest: "HTTPBadRequest",
    errors.NotFound: "HTTPNotFound",
    errors.PolicyForbids: "PolicyNotAuthorized",
    errors.ScopeForbids: "PolicyNotAuthorized",
    errors.Unauthorized: "HTTPUnauthorized",
    errors.CloudError: "HTTPInternalServerError",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Services:
    """What the resources stand on, wired in `cli.py`."""

    networks: Networks
    subnets: Subnets
    ports: Ports
    security_groups: SecurityGroups
    security_group_rules: SecurityGroupRules
    routers: Routers
    interfaces: Interfaces
    floating_ips: FloatingIps
    address_scopes: AddressScopes
    subnet_pools: SubnetPools
    rbac_policies: RbacPolicies
    qos_policies: QosPolicies
    qos_rules: Mapping[str, QosRules]
    trunks: Trunks
    address_groups: AddressGroups
    agents: Agents
    port_forwardings: PortForwardings
    quotas: ProjectQuotas
    tags: Tags
    availability: Availability
    zone: str


def routes(policy: Policy, services: Services) -> list[Route]:
    """Return the URL table."""
    changed: list[tuple[Noun, Changed]] = [
        (NETWORKS, services.networks),
        (SUBNETS, services.subnets),
        (PORTS, services.ports),
        (SECURITY_GROUPS, services.security_groups),
        (ROUTERS, services.routers),
        (FLOATING_IPS, services.floating_ips),
        (SUBNET_POOLS, services.subnet_pools),
        (TRUNKS, services.trunks),
    ]
    untagged: list[tuple[Noun, Changed]] = [
        (ADDRESS_SCOPES, services.address_scopes),
        (ADDRESS_GROUPS, services.address_groups),
        (RBAC_POLICIES, services.rbac_policies),
    ]
    table: list[Route] = []
    for noun, deeds in changed:
        word = noun.plural.replace("_", "-")
        tags = TagsResource(word, policy, services.tags)
        table += [
            Route(f"/v2.0/{word}", Collection(noun, policy, deeds)),
            Route(f"/v2.0/{word}/{{row_id}}", Item(noun, policy, deeds)),
            Route(f"/v2.0/{word}/{{row_id}}/tags", tags),
            Route(f"/v2.0/{word}/{{row_id}}/tags/{{tag}}", tags, suffix="one"),
        ]
    for noun, deeds in untagged:
        word = noun.plural.replace("_", "-")
        table += [
            Route(f"/v2.0/{word}", Collection(noun, policy, deeds)),
            Route(f"/v2.0/{word}/{{row_id}}", Item(noun, policy, deeds)),
        ]
    rules = (SECURITY_GROUP_RULES, policy, services.security_group_rules)
    table += [
        Route("/v2.0/security-group-rules", Collection(*rules)),
        Route("/v2.0/security-group-rules/{row_id}", Readable(*rules)),
    ]
    plurals = [(noun.name, noun.plural) for noun, _ in [*changed, *untagged]]
    plurals.append((SECURITY_GROUP_RULES.name, SECURITY_GROUP_RULES.plural))
    return [
        *table,
        *_qos(policy, services),
        *_others(policy, services),
        *_about(policy, services, plurals),
    ]


def _qos(policy: Policy, services: Services) -> list[Route]:
    """QoS, which has a prefix of its own."""
    tags = TagsResource("policies", policy, services.tags)
    types = qos_api.RuleTypesResource(policy)
    deeds = (qos_api.POLICIES, policy, services.qos_policies)
    table = [
        Route("/v2.0/qos/policies", Collection(*deeds)),
        Route("/v2.0/qos/policies/{row_id}", Item(*deeds)),
        Route("/v2.0/qos/rule-types", types),
        Route("/v2.0/qos/rule-types/{kind}", types, suffix="one"),
    ]
    for base in ("/v2.0/policies", "/v2.0/qos/policies"):
        table += [
            Route(f"{base}/{{row_id}}/tags", tags),
            Route(f"{base}/{{row_id}}/tags/{{tag}}", tags, suffix="one"),
        ]
    for kind, noun in qos_api.RULE_NOUNS.items():
        rules = (noun, policy, services.qos_rules[kind])
        base = f"/v2.0/qos/policies/{{row_id}}/{noun.plural}"
        table += [
            Route(base, NestedCollection(*rules)),
            Route(f"{base}/{{inner_id}}", NestedItem(*rules)),
        ]
    return table


def _others(policy: Policy, services: Services) -> list[Route]:
    legs = InterfacesResource(policy, services.interfaces)
    extra = ExtraRoutesResource(policy, services.routers)
    quotas = QuotasResource(policy, services.quotas)
    prefixes = PrefixesResource(policy, services.subnet_pools)
    addresses = AddressesResource(policy, services.address_groups)
    agents = AgentsResource(policy, services.agents)
    forwards = (PORT_FORWARDINGS, policy, services.port_forwardings)
    inside = "/v2.0/floatingips/{row_id}/port_forwardings"
    sub_ports = SubPortsResource(policy, services.trunks)
    return [
        Route("/v2.0/routers/{row_id}/add_router_interface", legs, suffix="add"),
        Route("/v2.0/routers/{row_id}/remove_router_interface", legs, suffix="remove"),
        Route("/v2.0/subnetpools/{row_id}/add_prefixes", prefixes, suffix="add"),
        Route("/v2.0/subnetpools/{row_id}/remove_prefixes", prefixes, suffix="remove"),
        Route("/v2.0/trunks/{row_id}/get_subports", sub_ports),
        Route("/v2.0/trunks/{row_id}/add_subports", sub_ports, suffix="add"),
        Route("/v2.0/trunks/{row_id}/remove_subports", sub_ports, suffix="remove"),
        Route("/v2.0/address-groups/{row_id}/add_addresses", addresses, suffix="add"),
        Route("/v2.0/address-groups/{row_id}/remove_addresses", addresses, suffix="remove"),
        Route(inside, NestedCollection(*forwards)),
        Route(f"{inside}/{{inner_id}}", NestedItem(*forwards)),
        Route("/v2.0/agents", agents, suffix="all"),
        Route("/v2.0/agents/{row_id}", agents),
        Route("/v2.0/service-providers", ProvidersResource(policy)),
        Route("/v2.0/routers/{row_id}/add_extraroutes", extra, suffix="add"),
        Route("/v2.0/routers/{row_id}/remove_extraroutes", extra, suffix="remove"),
        Route("/v2.0/quotas", quotas, suffix="all"),
        Route("/v2.0/quotas/{project_id}", quotas),
        Route("/v2.0/quotas/{project_id}/default", quotas, suffix="default"),
        Route("/v2.0/quotas/{project_id}/details", quotas, suffix="details"),
        Route("/v2.0/quotas/{project_id}/details.json", quotas, suffix="details"),
    ]


def _about(policy: Policy, services: Services, plurals: list[tuple[str, str]]) -> list[Route]:
    """What the API says of itself."""
    versions = VersionsResource(plurals)
    extensions = ExtensionsResource(policy)
    availability = AvailabilityResource(policy, services.availability)
    return [
        Route("/", versions, public=True),
        Route("/v2.0", versions, suffix="resources", public=True),
        Route("/v2.0/", versions, suffix="resources", public=True),
        Route("/v2.0/extensions", extensions),
        Route("/v2.0/extensions/{alias}", extensions, suffix="one"),
        Route("/v2.0/availability_zones", ZonesResource(policy, services.zone)),
        Route("/v2.0/network-ip-availabilities", availability),
        Route("/v2.0/network-ip-availabilities/{network_id}", availability, suffix="one"),
    ]


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
