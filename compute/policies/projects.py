"""Rules about what projects may have and have: quotas, limits, usage, server groups."""

from common.policy import ADMIN, MEMBER, READER, Rule

LIMITS = Rule("compute:limits:show", READER, "GET /limits", "Show limits and usage.")
LIMITS_ANY = Rule("compute:limits:any", ADMIN, "GET /limits?tenant_id=", "Another project's.")
QUOTA_SHOW = Rule("compute:quotas:show", READER, "GET /os-quota-sets/{id}", "Show quotas.")
QUOTA_SET = Rule(
    "compute:quotas:update",
    ADMIN,
    "PUT /os-quota-sets/{id}, DELETE /os-quota-sets/{id}",
    "Set quotas.",
)
QUOTA_CLASS = Rule(
    "compute:quota_classes:any",
    ADMIN,
    "GET /os-quota-class-sets/{name}, PUT /os-quota-class-sets/{name}",
    "See and set the default quotas.",
)
USAGE = Rule("compute:usage:show", READER, "GET /os-simple-tenant-usage/{id}", "Show usage.")
USAGE_ALL = Rule("compute:usage:list", ADMIN, "GET /os-simple-tenant-usage", "Everybody's usage.")
GROUP_SHOW = Rule("compute:server_groups:show", READER, "GET /os-server-groups", "See groups.")
GROUP_EDIT = Rule(
    "compute:server_groups:edit",
    MEMBER,
    "POST /os-server-groups, DELETE /os-server-groups/{id}",
    "Make and remove server groups.",
)
RULES = [
    LIMITS,
    LIMITS_ANY,
    QUOTA_SHOW,
    QUOTA_SET,
    QUOTA_CLASS,
    USAGE,
    USAGE_ALL,
    GROUP_SHOW,
    GROUP_EDIT,
]
