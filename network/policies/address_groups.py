"""Who may do what with address groups."""

from network.policies.base import MEMBER, Rule, rules

GROUPS = rules("address_groups", "/v2.0/address-groups")
FILL = Rule(
    "network:address_groups:fill",
    MEMBER,
    "PUT /v2.0/address-groups/{id}/add_addresses, PUT /v2.0/address-groups/{id}/remove_addresses",
    "Add addresses to a group and take them out.",
)
RULES = [*GROUPS, FILL]
