"""What requests about ports may hold."""

from network.schemas.base import ADDRESS, FLAG, ID, NAME, OWNER, TAGS, TEXT, body, nullable

_FIXED = body({"subnet_id": ID, "ip_address": ADDRESS})
_PAIR = body({"ip_address": ADDRESS, "mac_address": ADDRESS}, ("ip_address",))
_OPTION = body(
    {
        "opt_name": {"type": "string", "minLength": 1, "maxLength": 64},
        "opt_value": nullable(TEXT),
        "ip_version": nullable({"enum": [4, 6]}),
    },
    ("opt_name",),
)
_CHANGEABLE = {
    "name": NAME,
    "description": TEXT,
    "admin_state_up": FLAG,
    "mac_address": nullable(ADDRESS),
    "fixed_ips": {"type": "array", "items": _FIXED},
    "device_id": nullable(NAME),
    "device_owner": nullable(NAME),
    "security_groups": nullable({"type": "array", "items": ID, "maxItems": 100}),
    "port_security_enabled": FLAG,
    "qos_policy_id": nullable(ID),
    "allowed_address_pairs": nullable({"type": "array", "items": _PAIR, "maxItems": 10}),
    "extra_dhcp_opts": nullable({"type": "array", "items": _OPTION, "maxItems": 50}),
    "binding:host_id": nullable(NAME),
    "binding:profile": nullable({"type": "object"}),
    "binding:vnic_type": {"enum": ["normal"]},
}
CREATE = body({**_CHANGEABLE, **OWNER, "tags": TAGS, "network_id": ID}, ("network_id",))
UPDATE = body(_CHANGEABLE)
