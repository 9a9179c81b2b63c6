"""Rules about what only older clients ask for, and what this cloud has nothing of."""

from common.policy import ADMIN, ANY_READER, MEMBER, READER, SERVICE, Rule

GONE = Rule(
    "compute:removed:any", ANY_READER, "GET /os-cells", "Be told that a part of the API is gone."
)
HOSTS = Rule("compute:hosts:list", ADMIN, "GET /os-hosts", "See hosts (until 2.42).")
HOSTS_EDIT = Rule("compute:hosts:update", ADMIN, "PUT /os-hosts/{name}", "Change hosts.")
AUDIT = Rule(
    "compute:usage_audit:list",
    ADMIN,
    "GET /os-instance_usage_audit_log",
    "See how far usage audits are.",
)
EVENTS = Rule(
    "compute:external_events:create",
    SERVICE,
    "POST /os-server-external-events",
    "Tell compute what became of a server's parts elsewhere.",
)
VOLUMES = Rule("compute:volumes:show", READER, "GET /os-volumes, GET /os-snapshots", "See volumes.")
VOLUMES_EDIT = Rule(
    "compute:volumes:edit", MEMBER, "POST /os-volumes, POST /os-snapshots", "Change volumes."
)
ASSISTED = Rule(
    "compute:assisted_snapshots:any",
    ADMIN,
    "POST /os-assisted-volume-snapshots",
    "Take part in snapshots of volumes.",
)
RULES = [GONE, HOSTS, HOSTS_EDIT, AUDIT, EVENTS, VOLUMES, VOLUMES_EDIT, ASSISTED]
