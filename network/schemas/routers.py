"""What requests about routers and floating addresses may hold."""

from network.schemas.base import ADDRESS, FLAG, ID, NAME, OWNER, TAGS, TEXT, body, nullable

_FIXED = body({"subnet_id": ID, "ip_address": ADDRESS})
_GATEWAY = nullable(
    body(
        {
            "network_id": nullable(ID),
            "enable_snat": FLAG,
            "qos_policy_id": nullable(ID),
            "external_fixed_ips": {"type": "array", "items": _FIXED, "maxItems": 10},
        }
    )
)
_ROUTE = body({"destination": ADDRESS, "nexthop": ADDRESS}, ("destination", "nexthop"))
_CHANGEABLE = {
    "name": NAME,
    "description": TEXT,
    "admin_state_up": FLAG,
    "external_gateway_info": _GATEWAY,
    "distributed": nullable(FLAG),
}
CREATE = body(
    {
        **_CHANGEABLE,
        **OWNER,
        "tags": TAGS,
        "availability_zone_hints": {"type": "array", "items": NAME, "maxItems": 10},
    }
)
UPDATE = body({**_CHANGEABLE, "routes": nullable({"type": "array", "items": _ROUTE})})
ROUTES = body(
    {"router": body({"routes": {"type": "array", "items": _ROUTE}}, ("routes",))}, ("router",)
)
INTERFACE = body({"subnet_id": ID, "port_id": ID})
CREATE_FLOATING = body(
    {
        **OWNER,
        "tags": TAGS,
        "description": TEXT,
        "floating_network_id": ID,
        "qos_policy_id": nullable(ID),
        "floating_ip_address": nullable(ADDRESS),
        "subnet_id": nullable(ID),
        "port_id": nullable(ID),
        "fixed_ip_address": nullable(ADDRESS),
    },
    ("floating_network_id",),
)
UPDATE_FLOATING = body(
    {
        "description": TEXT,
        "port_id": nullable(ID),
        "fixed_ip_address": nullable(ADDRESS),
        "qos_policy_id": nullable(ID),
    }
)
