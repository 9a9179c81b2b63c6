"""Rules about security groups; what the caller may really do, the network service decides."""

from common.policy import MEMBER, READER, Rule

SHOW = Rule("compute:security_groups:show", READER, "GET /os-security-groups", "See groups.")
EDIT = Rule(
    "compute:security_groups:edit",
    MEMBER,
    "POST, PUT, DELETE /os-security-groups; POST, DELETE /os-security-group-rules",
    "Change groups and their rules.",
)
RULES = [SHOW, EDIT]
