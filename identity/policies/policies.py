"""Who may do what with policy documents."""

from identity.policies.base import SYSTEM_READER, crud

POLICIES = crud("policy", "policies", list_=SYSTEM_READER, get=SYSTEM_READER)
RULES = POLICIES.all
