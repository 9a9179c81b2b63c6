"""What requests about subnets may hold."""

from network.schemas.base import ADDRESS, FLAG, ID, NAME, OWNER, TAGS, TEXT, body, nullable

_MODE = nullable({"enum": ["slaac", "dhcpv6-stateful", "dhcpv6-stateless"]})
_POOL = body({"start": ADDRESS, "end": ADDRESS}, ("start", "end"))
_ROUTE = body({"destination": ADDRESS, "nexthop": ADDRESS}, ("destination", "nexthop"))
_CHANGEABLE = {
    "name": NAME,
    "description": TEXT,
    "gateway_ip": nullable(ADDRESS),
    "enable_dhcp": FLAG,
    "allocation_pools": {"type": "array", "items": _POOL, "maxItems": 50},
    "dns_nameservers": {"type": "array", "items": ADDRESS},
    "host_routes": {"type": "array", "items": _ROUTE},
    "service_types": {"type": "array", "items": NAME, "maxItems": 20},
}
CREATE = body(
    {
        **_CHANGEABLE,
        **OWNER,
        "tags": TAGS,
        "network_id": ID,
        "ip_version": {"enum": [4, 6]},
        "cidr": nullable({"type": "string", "maxLength": 64}),
        "subnetpool_id": nullable(ID),
        "use_default_subnetpool": FLAG,
        "prefixlen": nullable({"type": "integer", "minimum": 0, "maximum": 128}),
        "ipv6_ra_mode": _MODE,
        "ipv6_address_mode": _MODE,
    },
    ("network_id",),
)
UPDATE = body(_CHANGEABLE)
