"""Who may do what with QoS policies: administrators make them, everybody uses what is granted."""

from network.policies.base import ADMIN, ANY_READER, Rule, rules

POLICIES = rules("qos_policies", "/v2.0/qos/policies", ADMIN)
RULES_OF_POLICIES = rules("qos_rules", "/v2.0/qos/policies/{id}/{kind}_rules", ADMIN)
TYPES = Rule(
    "network:qos_rule_types:list",
    ANY_READER,
    "GET /v2.0/qos/rule-types",
    "See which kinds of rules there are.",
)
TYPE = Rule(
    "network:qos_rule_types:read",
    ADMIN,
    "GET /v2.0/qos/rule-types/{type}",
    "See what carries out a kind of rule.",
)
RULES = [*POLICIES, *RULES_OF_POLICIES, TYPES, TYPE]
