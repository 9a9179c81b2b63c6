"""Who may do what with port forwardings."""

from network.policies.base import rules

RULES = rules("port_forwardings", "/v2.0/floatingips/{id}/port_forwardings")
