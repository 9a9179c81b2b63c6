"""Who may see what the service is made of."""

from common.policy import ANY_READER, Rule

EXTENSIONS = Rule(
    "volume:extensions", ANY_READER, "GET /v3/extensions", "List the parts of the API."
)
ZONES = Rule(
    "volume:availability_zones",
    ANY_READER,
    "GET /v3/os-availability-zone",
    "List availability zones.",
)
FILTERS = Rule(
    "volume:resource_filters",
    ANY_READER,
    "GET /v3/resource_filters",
    "See by what lists can be narrowed.",
)
RULES = [EXTENSIONS, ZONES, FILTERS]
