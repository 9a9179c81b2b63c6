"""Who may do what with security groups and their rules."""

from network.policies.base import rules

GROUPS = rules("security_groups", "/v2.0/security-groups")
GROUP_RULES = rules("security_group_rules", "/v2.0/security-group-rules")
RULES = [*GROUPS, *GROUP_RULES]
