"""The Identity API: its URL table, its rules, and how its errors look."""

import dataclasses
from typing import Any

import falcon

from common import http
from common.db import Database
from common.errors import CloudError, PolicyForbids
from common.http import Route
from common.policy import ANY_SCOPE, Policy
from identity import kinds
from identity.api.application_credentials import ApplicationCredentialsResource
from identity.api.base import Collection, Item, Kind, Logic
from identity.api.domain_configs import DomainConfigsResource
from identity.api.ec2 import Ec2Resource
from identity.api.filters import FiltersResource
from identity.api.grants import AssignmentsResource, GrantsResource
from identity.api.groups import MembersResource
from identity.api.limits import LimitsResource, ModelResource
from identity.api.news import KeysResource, RevocationsResource
from identity.api.oauth import ConsumersResource, OAuthResource
from identity.api.policy_uses import PolicyUsesResource
from identity.api.projects import TagsResource
from identity.api.regions import RegionResource
from identity.api.roles import ImpliedResource
from identity.api.tokens import CatalogResource, TokensResource
from identity.api.trusts import TrustsResource
from identity.api.users import ScopesResource, UserResource
from identity.api.versions import VersionsResource
from identity.drivers.keyring import KeyRing
from identity.drivers.vault import Vault
from identity.logic.application_credentials import ApplicationCredentials
from identity.logic.catalog import Endpoints, Regions, Services
from identity.logic.consumers import Consumers
from identity.logic.credentials import Credentials
from identity.logic.domain_configs import DomainConfigs
from identity.logic.domains import Domains
from identity.logic.ec2 import Ec2Keys
from identity.logic.filters import EndpointGroups, Filters
from identity.logic.grants import Grants
from identity.logic.groups import Groups
from identity.logic.guard import Guard
from identity.logic.limits import Limits, RegisteredLimits
from identity.logic.lockout import Door, Lockout
from identity.logic.names import Names
from identity.logic.oauth import Lifetimes, OAuth
from identity.logic.policies import Policies
from identity.logic.projects import Projects
from identity.logic.roles import Roles
from identity.logic.tokens import Tokens
from identity.logic.trusts import Trusts
from identity.logic.users import Users
from identity.logic.who import Who
from identity.logic.work import Work
from identity.policies import catalog as catalog_policies
from identity.policies import credentials as credential_policies
from identity.policies import domains as domain_policies
from identity.policies import ec2 as ec2_policies
from identity.policies import filters as filter_policies
from identity.policies import groups as group_policies
from identity.policies import limits as limit_policies
from identity.policies import oauth as oauth_policies
from identity.policies import policies as document_policies
from identity.policies import projects as project_policies
from identity.policies import roles as role_policies
from identity.policies import tokens as token_policies
from identity.policies import trusts as trust_policies
from identity.policies import users as user_policies

RULES = [
    *token_policies.RULES,
    *domain_policies.RULES,
    *project_policies.RULES,
    *user_policies.RULES,
    *group_policies.RULES,
    *role_policies.RULES,
    *catalog_policies.RULES,
    *trust_policies.RULES,
    *credential_policies.RULES,
    *ec2_policies.RULES,
    *document_policies.RULES,
    *filter_policies.RULES,
    *oauth_policies.RULES,
    *limit_policies.RULES,
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parts:
    """What the API is made of.

    rounds: bcrypt's work factor.  history: how many passwords may not come back.
    application_credentials, credentials: how many a user may have; -1 for any number.
    """

    database: Database
    work: Work
    ring: KeyRing
    vault: Vault
    rounds: int = 12
    history: int = 0
    application_credentials: int = -1
    credentials: int = -1
    lockout: Lockout = dataclasses.field(default_factory=Lockout)
    lifetimes: Lifetimes = dataclasses.field(default_factory=Lifetimes)
    policy_file: str | None = None


def create_app(parts: Parts) -> falcon.App:
    """Return the WSGI app."""
    guard = Guard(parts.database, parts.ring, parts.work.clock)
    return http.create_app(
        http.AppSpec(
            service="identity",
            routes=routes(parts, guard),
            render=render,
            authenticator=guard,
            health={"database": parts.database.ping, "keys": parts.ring.check},
        )
    )


def routes(parts: Parts, guard: Guard) -> list[Route]:
    """Return the URL table."""
    policy, work = Policy(RULES, parts.policy_file, ANY_SCOPE), parts.work
    door = Door(work, parts.rounds, parts.lockout)
    oauth = OAuth(work, parts.vault, parts.lifetimes)
    who = Who(work, guard.check, parts.rounds, door, oauth)
    tokens = Tokens(work, parts.ring, guard, who)
    users = Users(work, parts.rounds, door, parts.history)
    return [
        *_open(guard),
        *_auth(policy, tokens, users),
        *_people(policy, users, Groups(work)),
        *_projects(policy, parts),
        *_roles(policy, Roles(work)),
        *_grants(policy, Grants(work), Names(work)),
        *_delegation(policy, parts, guard),
        *_crud(policy, kinds.CREDENTIAL, Credentials(work, parts.vault, parts.credentials)),
        *_crud(policy, kinds.SERVICE, Services(work)),
        *_crud(policy, kinds.ENDPOINT, Endpoints(work)),
        *_regions(policy, Regions(work)),
        *_policies(policy, Policies(work)),
        *_filters(policy, work),
        *_oauth(policy, parts, oauth, guard),
        *_limits(policy, work),
    ]


def _open(guard: Guard) -> list[Route]:
    versions = VersionsResource()
    return [
        Route("/", versions, public=True),
        Route("/v3", versions, "one", public=True),
        Route("/v3/", versions, "one", public=True),
        Route("/v3/OS-CUMULET/keys", KeysResource(guard.source), public=True),
        Route("/v3/OS-CUMULET/revocations", RevocationsResource(guard.source), public=True),
    ]


def _auth(policy: Policy, tokens: Tokens, users: Users) -> list[Route]:
    scopes = ScopesResource(policy, users)
    return [
        Route("/v3/auth/tokens", TokensResource(policy, tokens), public_methods=("POST",)),
        Route("/v3/auth/catalog", CatalogResource(policy, tokens)),
        Route("/v3/auth/projects", scopes, "projects"),
        Route("/v3/auth/domains", scopes, "domains"),
        Route("/v3/auth/system", scopes, "system"),
    ]


def _crud(policy: Policy, kind: Kind, logic: Logic) -> list[Route]:
    return [
        Route(kind.path, Collection(policy, kind, logic)),
        Route(f"{kind.path}/{{{kind.one}_id}}", Item(policy, kind, logic)),
    ]


def _regions(policy: Policy, regions: Regions) -> list[Route]:
    kind = kinds.REGION
    return [
        Route("/v3/regions", Collection(policy, kind, regions)),
        Route("/v3/regions/{region_id}", RegionResource(policy, kind, regions)),
    ]


def _policies(policy: Policy, policies: Policies) -> list[Route]:
    uses = PolicyUsesResource(policy, policies)
    of = "/v3/policies/{policy_id}/OS-ENDPOINT-POLICY"
    return [
        *_crud(policy, kinds.POLICY, policies),
        Route(f"{of}/endpoints", uses),
        Route(f"{of}/endpoints/{{endpoint_id}}", uses, "one"),
        Route(f"{of}/services/{{service_id}}", uses, "one"),
        Route(f"{of}/services/{{service_id}}/regions/{{region_id}}", uses, "one"),
        Route("/v3/endpoints/{endpoint_id}/OS-ENDPOINT-POLICY/policy", uses, "policy"),
    ]


def _filters(policy: Policy, work: Work) -> list[Route]:
    filters = FiltersResource(policy, Filters(work))
    project = "/v3/OS-EP-FILTER/projects/{project_id}"
    group = "/v3/OS-EP-FILTER/endpoint_groups/{endpoint_group_id}"
    return [
        *_crud(policy, kinds.ENDPOINT_GROUP, EndpointGroups(work)),
        Route(f"{project}/endpoints", filters),
        Route(f"{project}/endpoints/{{endpoint_id}}", filters, "one"),
        Route(f"{project}/endpoint_groups", filters, "groups"),
        Route("/v3/OS-EP-FILTER/endpoints/{endpoint_id}/projects", filters, "projects"),
        Route(f"{group}/endpoints", filters, "members"),
        Route(f"{group}/projects", filters, "projects"),
        Route(f"{group}/projects/{{project_id}}", filters, "one"),
    ]


def _oauth(policy: Policy, parts: Parts, oauth: OAuth, guard: Guard) -> list[Route]:
    consumers = Consumers(parts.work, parts.vault)
    tokens = OAuthResource(policy, oauth, guard)
    kind, at = kinds.CONSUMER, "/v3/OS-OAUTH1"
    mine = "/v3/users/{user_id}/OS-OAUTH1/access_tokens"
    one = f"{mine}/{{access_token_id}}"
    return [
        Route(kind.path, ConsumersResource(policy, kind, consumers)),
        Route(f"{kind.path}/{{consumer_id}}", Item(policy, kind, consumers)),
        Route(f"{at}/request_token", tokens, "request", public_methods=("POST",)),
        Route(f"{at}/access_token", tokens, "access", public_methods=("POST",)),
        Route(f"{at}/authorize/{{request_token_id}}", tokens, "authorize"),
        Route(mine, tokens, "tokens"),
        Route(one, tokens, "token"),
        Route(f"{one}/roles", tokens, "roles"),
        Route(f"{one}/roles/{{role_id}}", tokens, "role"),
    ]


def _limits(policy: Policy, work: Work) -> list[Route]:
    found = [Route("/v3/limits/model", ModelResource(policy))]
    registered, limits = RegisteredLimits(work), Limits(work)
    for kind, logic in ((kinds.REGISTERED_LIMIT, registered), (kinds.LIMIT, limits)):
        found.append(Route(kind.path, LimitsResource(policy, kind, logic)))
        found.append(Route(f"{kind.path}/{{{kind.one}_id}}", Item(policy, kind, logic)))
    return found


def _people(policy: Policy, users: Users, groups: Groups) -> list[Route]:
    user, members = UserResource(policy, users), MembersResource(policy, groups)
    return [
        *_crud(policy, kinds.USER, users),
        *_crud(policy, kinds.GROUP, groups),
        Route("/v3/users/{user_id}/password", user, "password"),
        Route("/v3/users/{user_id}/projects", user, "projects"),
        Route("/v3/users/{user_id}/groups", user, "groups"),
        Route("/v3/groups/{group_id}/users", members),
        Route("/v3/groups/{group_id}/users/{user_id}", members, "one"),
    ]


def _projects(policy: Policy, parts: Parts) -> list[Route]:
    domains = Domains(parts.work)
    projects = Projects(parts.work, domains)
    tags = TagsResource(policy, projects)
    configs = DomainConfigsResource(policy, DomainConfigs(parts.work, parts.vault))
    config = "/v3/domains/{domain_id}/config"
    return [
        Route("/v3/domains/config/default", configs, "default"),
        Route("/v3/domains/config/{group}/default", configs, "default"),
        Route("/v3/domains/config/{group}/{option}/default", configs, "default"),
        Route(config, configs, "whole"),
        Route(f"{config}/{{group}}", configs),
        Route(f"{config}/{{group}}/{{option}}", configs),
        *_crud(policy, kinds.DOMAIN, domains),
        *_crud(policy, kinds.PROJECT, projects),
        Route("/v3/projects/{project_id}/tags", tags),
        Route("/v3/projects/{project_id}/tags/{tag}", tags, "one"),
    ]


def _roles(policy: Policy, roles: Roles) -> list[Route]:
    implied = ImpliedResource(policy, roles)
    return [
        *_crud(policy, kinds.ROLE, roles),
        Route("/v3/roles/{role_id}/implies", implied),
        Route("/v3/roles/{role_id}/implies/{implied_id}", implied, "one"),
        Route("/v3/role_inferences", implied, "all"),
    ]


def _grants(policy: Policy, grants: Grants, names: Names) -> list[Route]:
    found = [Route("/v3/role_assignments", AssignmentsResource(policy, grants, names))]
    for target in ("project", "domain", "system"):
        where = "system" if target == "system" else f"{target}s/{{{target}_id}}"
        for actor in ("user", "group"):
            roles = f"{where}/{actor}s/{{{actor}_id}}/roles"
            plain = GrantsResource(policy, grants, target, actor, inherited=False)
            found.append(Route(f"/v3/{roles}", plain))
            found.append(Route(f"/v3/{roles}/{{role_id}}", plain, "one"))
            if target == "system":
                continue
            below = GrantsResource(policy, grants, target, actor, inherited=True)
            found.append(Route(f"/v3/OS-INHERIT/{roles}/inherited_to_projects", below))
            found.append(
                Route(f"/v3/OS-INHERIT/{roles}/{{role_id}}/inherited_to_projects", below, "one")
            )
    return found


def _delegation(policy: Policy, parts: Parts, guard: Guard) -> list[Route]:
    trusts = TrustsResource(policy, Trusts(parts.work), guard)
    credentials = ApplicationCredentials(parts.work, parts.rounds, parts.application_credentials)
    mine = ApplicationCredentialsResource(policy, credentials, guard)
    keys = Ec2Resource(policy, Ec2Keys(parts.work, parts.vault), guard)
    trust, user = "/v3/OS-TRUST/trusts", "/v3/users/{user_id}"
    return [
        Route(trust, trusts),
        Route(f"{trust}/", trusts),
        Route(f"{trust}/{{trust_id}}", trusts, "one"),
        Route(f"{trust}/{{trust_id}}/roles", trusts, "roles"),
        Route(f"{trust}/{{trust_id}}/roles/{{role_id}}", trusts, "role"),
        Route(f"{user}/application_credentials", mine),
        Route(f"{user}/application_credentials/{{credential_id}}", mine, "one"),
        Route(f"{user}/credentials/OS-EC2", keys),
        Route(f"{user}/credentials/OS-EC2/{{access}}", keys, "one"),
        Route(f"{user}/access_rules", mine, "rules"),
        Route(f"{user}/access_rules/{{rule_id}}", mine, "rule"),
    ]


def render(error: CloudError, req: falcon.Request) -> dict[str, Any]:
    """Return an error's body."""
    message = str(error)
    if isinstance(error, PolicyForbids):
        rule = error.facts["rule"]
        message = f"You are not authorized to perform the requested action: {rule}."
    return {"error": {"code": error.status, "message": message, "title": error.title}}
