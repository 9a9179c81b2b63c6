"""Who may do what with trunks."""

from network.policies.base import ANY_READER, MEMBER, Rule, rules

TRUNKS = rules("trunks", "/v2.0/trunks")
SUB_PORTS = Rule(
    "network:trunks:sub_ports",
    ANY_READER,
    "GET /v2.0/trunks/{id}/get_subports",
    "See the ports inside a trunk.",
)
FILL = Rule(
    "network:trunks:fill",
    MEMBER,
    "PUT /v2.0/trunks/{id}/add_subports, PUT /v2.0/trunks/{id}/remove_subports",
    "Put ports into a trunk and take them out.",
)
RULES = [*TRUNKS, SUB_PORTS, FILL]
