"""Rules about what is passed on to the network service, which decides again."""

from common.policy import MEMBER, READER, Rule

SHOW = Rule("compute:security_groups:show", READER, "GET /os-security-groups", "See groups.")
EDIT = Rule(
    "compute:security_groups:edit",
    MEMBER,
    "POST, PUT, DELETE /os-security-groups; POST, DELETE /os-security-group-rules",
    "Change groups and their rules.",
)
NETWORKS = Rule("compute:networks:show", READER, "GET /os-networks", "See networks.")
RULES = [SHOW, EDIT, NETWORKS]
