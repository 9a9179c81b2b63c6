"""Who may grant what is theirs; to everybody is for administrators, which logic sees to."""

from network.policies.base import rules

RULES = rules("rbac_policies", "/v2.0/rbac-policies")
