"""Rules about floating addresses seen through Compute; the network service decides again."""

from common.policy import MEMBER, READER, Rule

SHOW = Rule(
    "compute:floating_ips:show",
    READER,
    "GET /os-floating-ips, GET /os-floating-ip-pools",
    "See floating addresses and the networks they come from.",
)
EDIT = Rule(
    "compute:floating_ips:edit",
    MEMBER,
    "POST /os-floating-ips, DELETE /os-floating-ips/{id}",
    "Take floating addresses and give them back.",
)
RULES = [SHOW, EDIT]
