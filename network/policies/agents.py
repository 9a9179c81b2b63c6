"""Who may do what with agents: whoever is no administrator sees an empty list."""

from network.policies.base import ADMIN, ANY_READER, Rule

LIST = Rule("network:agents:list", ANY_READER, "GET /v2.0/agents", "List agents.")
READ = Rule("network:agents:read", ADMIN, "GET /v2.0/agents/{id}", "See an agent.")
UPDATE = Rule("network:agents:update", ADMIN, "PUT /v2.0/agents/{id}", "Describe an agent.")
DELETE = Rule("network:agents:delete", ADMIN, "DELETE /v2.0/agents/{id}", "Forget an agent.")
RULES = [LIST, READ, UPDATE, DELETE]
