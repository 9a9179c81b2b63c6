"""Who may do what with subnets."""

from network.policies.base import rules

READ, CREATE, UPDATE, DELETE = RULES = rules("subnets", "/v2.0/subnets")
