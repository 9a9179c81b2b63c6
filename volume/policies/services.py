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
RULES = [EXTENSIONS, ZONES]
