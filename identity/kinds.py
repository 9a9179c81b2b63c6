"""The kinds of resources that are listed, shown, made, changed and removed in one way."""

from identity.api.base import Kind
from identity.policies.catalog import ENDPOINTS, REGIONS, SERVICES
from identity.policies.credentials import SECRETS
from identity.policies.domains import DOMAINS
from identity.policies.filters import GROUPS as ENDPOINT_GROUPS
from identity.policies.groups import GROUPS
from identity.policies.limits import LIMITS, REGISTERED
from identity.policies.oauth import CONSUMERS
from identity.policies.policies import POLICIES
from identity.policies.projects import PROJECTS
from identity.policies.roles import ROLES
from identity.policies.users import USERS
from identity.schemas import catalog as catalog_schemas
from identity.schemas import delegation as delegation_schemas
from identity.schemas import limits as limit_schemas
from identity.schemas import oauth as oauth_schemas
from identity.schemas import people as people_schemas
from identity.schemas import policies as policy_schemas
from identity.schemas import projects as project_schemas
from identity.schemas import roles as role_schemas
from identity.views import catalog as catalog_views
from identity.views import delegation as delegation_views
from identity.views import limits as limit_views
from identity.views import oauth as oauth_views
from identity.views import people as people_views
from identity.views import policies as policy_views
from identity.views import projects as project_views
from identity.views import roles as role_views

DOMAIN = Kind(
    "domain",
    "domains",
    DOMAINS,
    project_schemas.CREATE_DOMAIN,
    project_schemas.UPDATE_DOMAIN,
    project_views.domain,
)
PROJECT = Kind(
    "project",
    "projects",
    PROJECTS,
    project_schemas.CREATE_PROJECT,
    project_schemas.UPDATE_PROJECT,
    project_views.project,
)
USER = Kind(
    "user",
    "users",
    USERS,
    people_schemas.CREATE_USER,
    people_schemas.UPDATE_USER,
    people_views.user,
)
GROUP = Kind(
    "group",
    "groups",
    GROUPS,
    people_schemas.CREATE_GROUP,
    people_schemas.UPDATE_GROUP,
    people_views.group,
)
ROLE = Kind("role", "roles", ROLES, role_schemas.CREATE, role_schemas.UPDATE, role_views.role)
SERVICE = Kind(
    "service",
    "services",
    SERVICES,
    catalog_schemas.CREATE_SERVICE,
    catalog_schemas.UPDATE_SERVICE,
    catalog_views.service,
)
ENDPOINT = Kind(
    "endpoint",
    "endpoints",
    ENDPOINTS,
    catalog_schemas.CREATE_ENDPOINT,
    catalog_schemas.UPDATE_ENDPOINT,
    catalog_views.endpoint,
)
REGION = Kind(
    "region",
    "regions",
    REGIONS,
    catalog_schemas.CREATE_REGION,
    catalog_schemas.UPDATE_REGION,
    catalog_views.region,
)
CREDENTIAL = Kind(
    "credential",
    "credentials",
    SECRETS,
    delegation_schemas.CREATE_CREDENTIAL,
    delegation_schemas.UPDATE_CREDENTIAL,
    delegation_views.credential,
)
POLICY = Kind(
    "policy",
    "policies",
    POLICIES,
    policy_schemas.CREATE,
    policy_schemas.UPDATE,
    policy_views.policy,
)
ENDPOINT_GROUP = Kind(
    "endpoint_group",
    "endpoint_groups",
    ENDPOINT_GROUPS,
    catalog_schemas.CREATE_ENDPOINT_GROUP,
    catalog_schemas.UPDATE_ENDPOINT_GROUP,
    catalog_views.endpoint_group,
    below="OS-EP-FILTER",
)
CONSUMER = Kind(
    "consumer",
    "consumers",
    CONSUMERS,
    oauth_schemas.CREATE_CONSUMER,
    oauth_schemas.UPDATE_CONSUMER,
    oauth_views.consumer,
    below="OS-OAUTH1",
)
REGISTERED_LIMIT = Kind(
    "registered_limit",
    "registered_limits",
    REGISTERED,
    limit_schemas.CREATE_REGISTERED,
    limit_schemas.UPDATE_REGISTERED,
    limit_views.registered,
)
LIMIT = Kind(
    "limit", "limits", LIMITS, limit_schemas.CREATE, limit_schemas.UPDATE, limit_views.limit
)
