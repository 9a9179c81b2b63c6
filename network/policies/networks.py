"""Who may do what with networks."""

from network.policies.base import ADMIN, Rule, rules

READ, CREATE, UPDATE, DELETE = rules("networks", "/v2.0/networks")
SHARE = Rule(
    "network:networks:share",
    ADMIN,
    "POST /v2.0/networks, PUT /v2.0/networks/{id}",
    "Give other projects a network, or make it external or the default.",
)
PROVIDER = Rule(
    "network:networks:provider",
    ADMIN,
    "POST /v2.0/networks",
    "Say where a network leaves the cloud.",
)
RULES = [READ, CREATE, UPDATE, DELETE, SHARE, PROVIDER]
