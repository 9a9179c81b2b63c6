"""Who may do what with ports; compute makes and removes those of servers."""

from network.policies.base import SERVICE_TOO, rules

READ, CREATE, UPDATE, DELETE = RULES = rules("ports", "/v2.0/ports", SERVICE_TOO)
