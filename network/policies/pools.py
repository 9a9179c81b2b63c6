"""Who may do what with address scopes and subnet pools."""

from network.policies.base import ADMIN, MEMBER, Rule, rules

SCOPES = rules("address_scopes", "/v2.0/address-scopes")
POOLS = rules("subnetpools", "/v2.0/subnetpools")
SHARE = Rule(
    "network:subnetpools:share",
    ADMIN,
    "POST /v2.0/subnetpools, PUT /v2.0/subnetpools/{id}, POST /v2.0/address-scopes, "
    "PUT /v2.0/address-scopes/{id}",
    "Give all projects a pool or a scope, or make a pool the default.",
)
PREFIXES = Rule(
    "network:subnetpools:prefixes",
    MEMBER,
    "PUT /v2.0/subnetpools/{id}/add_prefixes, PUT /v2.0/subnetpools/{id}/remove_prefixes",
    "Add and remove prefixes of a pool.",
)
RULES = [*SCOPES, *POOLS, SHARE, PREFIXES]
