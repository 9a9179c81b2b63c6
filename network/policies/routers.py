"""Who may do what with routers and floating addresses."""

from network.policies.base import ADMIN, MEMBER, Rule, rules

ROUTERS = rules("routers", "/v2.0/routers")
ADD_INTERFACE = Rule(
    "network:routers:add_interface",
    MEMBER,
    "PUT /v2.0/routers/{id}/add_router_interface",
    "Join a subnet to a router.",
)
REMOVE_INTERFACE = Rule(
    "network:routers:remove_interface",
    MEMBER,
    "PUT /v2.0/routers/{id}/remove_router_interface",
    "Part a subnet from a router.",
)
DISTRIBUTE = Rule(
    "network:routers:distribute",
    ADMIN,
    "POST /v2.0/routers, PUT /v2.0/routers/{id}",
    "Choose where a router translates floating addresses.",
)
CHANGE_ROUTES = Rule(
    "network:routers:change_routes",
    MEMBER,
    "PUT /v2.0/routers/{id}/add_extraroutes, PUT /v2.0/routers/{id}/remove_extraroutes",
    "Add single extra routes and take them away.",
)
CHOOSE_OUTSIDE = Rule(
    "network:routers:choose_outside",
    ADMIN,
    "POST /v2.0/routers, PUT /v2.0/routers/{id}",
    "Choose a gateway's addresses, or whether it hides the inside behind them.",
)
FLOATING_IPS = rules("floatingips", "/v2.0/floatingips")
CHOOSE_FLOATING = Rule(
    "network:floatingips:choose", ADMIN, "POST /v2.0/floatingips", "Choose a floating address."
)
RULES = [
    DISTRIBUTE,
    CHANGE_ROUTES,
    *ROUTERS,
    ADD_INTERFACE,
    REMOVE_INTERFACE,
    CHOOSE_OUTSIDE,
    *FLOATING_IPS,
    CHOOSE_FLOATING,
]
