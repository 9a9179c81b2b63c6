"""Rules about the ledger's own API."""

from common.policy import READER, SERVICE, Rule

READ = Rule("placement:read", SERVICE, "GET /resource_providers", "Read the ledger.")
WRITE = Rule("placement:write", SERVICE, "PUT /resource_providers", "Change the ledger.")
USAGES = Rule("placement:usages", READER, "GET /usages", "Read a project's usage.")
RESHAPE = Rule(
    "placement:reshape", "role:service", "POST /reshaper", "Replace inventories and allocations."
)
RULES = [READ, WRITE, USAGES, RESHAPE]
