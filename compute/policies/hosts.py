"""Rules about hosts, the processes on them, and zones."""

from common.policy import ADMIN, ANY_READER, Rule

ZONES = Rule("compute:zones:list", ANY_READER, "GET /os-availability-zone", "List zones.")
ZONES_DETAIL = Rule(
    "compute:zones:detail", ADMIN, "GET /os-availability-zone/detail", "List zones' hosts."
)
SERVICES = Rule("compute:services:list", ADMIN, "GET /os-services", "List services.")
SERVICES_EDIT = Rule("compute:services:update", ADMIN, "PUT /os-services", "Change a service.")
HYPERVISORS = Rule("compute:hypervisors:list", ADMIN, "GET /os-hypervisors", "List hosts.")
AGGREGATES = Rule("compute:aggregates:list", ADMIN, "GET /os-aggregates", "List aggregates.")
AGGREGATES_EDIT = Rule(
    "compute:aggregates:edit", ADMIN, "POST /os-aggregates", "Change aggregates."
)
EXTENSIONS = Rule("compute:extensions:list", ANY_READER, "GET /extensions", "List extensions.")
RULES = [
    ZONES,
    ZONES_DETAIL,
    SERVICES,
    SERVICES_EDIT,
    HYPERVISORS,
    AGGREGATES,
    AGGREGATES_EDIT,
    EXTENSIONS,
]
