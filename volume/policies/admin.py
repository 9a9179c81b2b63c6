"""Rules about quotas, hosts, messages and transfers."""

from common.policy import ADMIN, MEMBER, READER, Rule

LIMITS = Rule("volume:limits", READER, "GET /v3/limits", "Show the project's limits and use.")
QUOTAS = Rule(
    "volume:quotas:show",
    READER,
    "GET /v3/os-quota-sets/{id}, GET /v3/os-quota-sets/{id}/defaults",
    "Show quotas.",
)
SET_QUOTAS = Rule(
    "volume:quotas:set",
    ADMIN,
    "PUT /v3/os-quota-sets/{id}, DELETE /v3/os-quota-sets/{id}",
    "Change quotas.",
)
CLASSES = Rule(
    "volume:quota_classes",
    ADMIN,
    "GET /v3/os-quota-class-sets/{id}, PUT /v3/os-quota-class-sets/{id}",
    "Show and change the default quotas.",
)
SERVICES = Rule(
    "volume:services",
    ADMIN,
    "GET /v3/os-services, PUT /v3/os-services/{action}",
    "See the service's processes, and keep new volumes from a host.",
)
HOSTS = Rule("volume:hosts", ADMIN, "GET /v3/os-hosts, GET /v3/os-hosts/{host}", "See hosts.")
CLEANUP = Rule(
    "volume:workers:cleanup",
    ADMIN,
    "POST /v3/workers/cleanup",
    "Have what is under way on hosts taken up again, or given up, at once.",
)
CLUSTERS = Rule(
    "volume:clusters",
    ADMIN,
    "GET /v3/clusters, GET /v3/clusters/detail, GET /v3/clusters/{name}, PUT /v3/clusters/{name}",
    "See clusters of hosts, and keep new volumes from one.",
)
POOLS = Rule(
    "volume:pools",
    ADMIN,
    "GET /v3/scheduler-stats/get_pools, GET /v3/capabilities/{host}",
    "See pools and what they can do.",
)
MESSAGES = Rule(
    "volume:messages:show",
    READER,
    "GET /v3/messages, GET /v3/messages/{id}",
    "See what went wrong.",
)
DELETE_MESSAGES = Rule(
    "volume:messages:delete", MEMBER, "DELETE /v3/messages/{id}", "Remove a message."
)
_TRANSFERS = ("/v3/os-volume-transfer", "/v3/volume-transfers")
TRANSFERS = Rule(
    "volume:transfers:show",
    READER,
    ", ".join(f"GET {path}, GET {path}/detail, GET {path}/{{id}}" for path in _TRANSFERS),
    "See transfers.",
)
TRANSFER = Rule(
    "volume:transfers:create",
    MEMBER,
    ", ".join(f"POST {path}, DELETE {path}/{{id}}" for path in _TRANSFERS),
    "Offer a volume to another project.",
)
ACCEPT = Rule(
    "volume:transfers:accept",
    MEMBER,
    ", ".join(f"POST {path}/{{id}}/accept" for path in _TRANSFERS),
    "Take a volume over.",
)
MANAGE = Rule(
    "volume:manage",
    ADMIN,
    "GET /v3/os-volume-manage, GET /v3/os-volume-manage/detail, "
    "GET /v3/manageable_volumes, GET /v3/manageable_volumes/detail, "
    "POST /v3/os-volume-manage, POST /v3/manageable_volumes, POST /v3/os-snapshot-manage, "
    "POST /v3/manageable_snapshots, POST /v3/volumes/{id}/action (os-unmanage), "
    "POST /v3/snapshots/{id}/action (os-unmanage)",
    "Take over what lies on a host, and give it up.",
)
RULES = [
    MANAGE,
    *(
        LIMITS,
        QUOTAS,
        SET_QUOTAS,
        CLASSES,
        SERVICES,
        HOSTS,
        POOLS,
        CLEANUP,
        CLUSTERS,
        MESSAGES,
        DELETE_MESSAGES,
    ),
    *(TRANSFERS, TRANSFER, ACCEPT),
]
