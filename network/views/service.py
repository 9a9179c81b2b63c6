"""What the API says of itself: versions, resources, extensions, zones."""

from collections.abc import Iterable
from typing import Any

UPDATED = "2026-01-01T00:00:00-00:00"
EXTENSIONS = {
    "address-group": "Address group",
    "address-scope": "Address scope",
    "agent": "agent",
    "allowed-address-pairs": "Allowed Address Pairs",
    "availability_zone": "Availability Zone",
    "binding": "Port Binding",
    "default-subnetpools": "Default Subnetpools",
    "dvr": "Distributed Virtual Router",
    "expose-port-forwarding-in-fip": "Expose Port Forwarding in FIP",
    "ext-gw-mode": "Neutron L3 Configurable external gateway mode",
    "external-net": "Neutron external network",
    "extra_dhcp_opt": "Neutron Extra DHCP options",
    "extraroute": "Neutron Extra Route",
    "extraroute-atomic": "Atomically add/remove extra routes",
    "fip-port-details": "Add Port Details to Floating IP",
    "floating-ip-port-forwarding": "Floating IP Port Forwarding",
    "floating-ip-port-forwarding-description": "Description of a floating IP port forwarding",
    "floating-ip-port-forwarding-detail": "Floating IP Port Forwarding Details",
    "ip-substring-filtering": "IP address substring filtering",
    "net-mtu": "Network MTU",
    "net-mtu-writable": "Network MTU (writable)",
    "network-ip-availability": "Network IP Availability",
    "network_availability_zone": "Network Availability Zone",
    "pagination": "Pagination support",
    "port-mac-address-regenerate": "Port MAC address regenerate",
    "port-security": "Port Security",
    "project-id": "project_id field enabled",
    "provider": "Provider Network",
    "qos": "Quality of Service",
    "qos-bw-limit-direction": "Direction for QoS bandwidth limit rule",
    "qos-default": "QoS default policy",
    "qos-fip": "Floating IP QoS",
    "qos-gateway-ip": "Gateway IP QoS",
    "qos-rule-type-details": "Details of QoS rule types",
    "quota-check-limit": "Quota engine limit check",
    "quota_details": "Quota details management support",
    "quotas": "Quota management support",
    "rbac-address-group": "Add address_group type to RBAC",
    "rbac-address-scope": "Add address_scope type to RBAC",
    "rbac-policies": "RBAC Policies",
    "rbac-security-groups": "Add security_group type to network RBAC",
    "rbac-subnetpool": "Add subnetpool type to RBAC",
    "router": "Neutron L3 Router",
    "router-admin-state-down-before-update": "Router down before distributed changes",
    "router_availability_zone": "Router Availability Zone",
    "security-group": "security-group",
    "security-groups-normalized-cidr": "Normalized CIDR field for security group rules",
    "security-groups-remote-address-group": "Remote address group of security group rules",
    "service-type": "Neutron Service Type Management",
    "sorting": "Sorting support",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-revisions": "Resource revision numbers",
    "standard-attr-tag": "Tag support for resources with standard attribute",
    "standard-attr-timestamp": "Resource timestamps",
    "stateful-security-group": "Stateful security group",
    "subnet-service-types": "Subnet service types",
    "subnet_allocation": "Subnet Allocation",
    "subnetpool-prefix-ops": "Subnet Pool Prefix Operations",
    "tag": "Tag support",
    "tag-ext": "Tag support for resources: subnet, subnetpool, port, router",
    "tag-ports-during-bulk-creation": "Tag Ports During Bulk Creation",
    "trunk": "Trunk Extension",
    "trunk-details": "Trunk port details",
}


def extension(alias: str) -> dict[str, Any]:
    """Return one extension."""
    return {
        "alias": alias,
        "name": EXTENSIONS[alias],
        "description": EXTENSIONS[alias],
        "updated": UPDATED,
        "links": [],
    }


def versions(base: str) -> dict[str, Any]:
    """Return the document of GET /.  base: the service's own address."""
    return {"versions": [version(base)]}


def version(base: str) -> dict[str, Any]:
    """Return the one version there is."""
    return {
        "id": "v2.0",
        "status": "CURRENT",
        "links": [{"rel": "self", "href": f"{base}/v2.0/"}],
    }


def resources(base: str, plurals: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the document of GET /v2.0/.  plurals: (name, collection) of each noun."""
    return {
        "resources": [
            {
                "name": name,
                "collection": plural,
                "links": [{"rel": "self", "href": f"{base}/v2.0/{plural.replace('_', '-')}"}],
            }
            for name, plural in plurals
        ]
    }


def zones(name: str) -> dict[str, Any]:
    """Return the availability zones: one, for networks and for routers."""
    return {
        "availability_zones": [
            {"name": name, "resource": resource, "state": "available"}
            for resource in ("network", "router")
        ]
    }
