"""Who may see what the service says of itself, and who sets limits and tags."""

from network.policies.base import ADMIN, ANY_READER, MEMBER, Rule

DISCOVER = Rule(
    "network:discover",
    ANY_READER,
    "GET /v2.0/extensions, GET /v2.0/extensions/{alias}, GET /v2.0/availability_zones",
    "Read what the API says about itself.",
)
QUOTA_READ = Rule(
    "network:quotas:read",
    ANY_READER,
    "GET /v2.0/quotas/{project_id}, GET /v2.0/quotas/{project_id}/details",
    "See a project's limits.",
)
QUOTA_LIST = Rule("network:quotas:list", ADMIN, "GET /v2.0/quotas", "See all limits.")
QUOTA_WRITE = Rule(
    "network:quotas:write",
    ADMIN,
    "PUT /v2.0/quotas/{project_id}, DELETE /v2.0/quotas/{project_id}",
    "Set a project's limits.",
)
TAG_READ = Rule(
    "network:tags:read", ANY_READER, "GET /v2.0/{resource}/{id}/tags", "See a resource's tags."
)
TAG_WRITE = Rule(
    "network:tags:write",
    MEMBER,
    "PUT /v2.0/{resource}/{id}/tags, DELETE /v2.0/{resource}/{id}/tags",
    "Change a resource's tags.",
)
AVAILABILITY = Rule(
    "network:network_ip_availabilities:read",
    ADMIN,
    "GET /v2.0/network-ip-availabilities",
    "See how many addresses are used.",
)
RULES = [
    DISCOVER,
    QUOTA_READ,
    QUOTA_LIST,
    QUOTA_WRITE,
    TAG_READ,
    TAG_WRITE,
    AVAILABILITY,
]
