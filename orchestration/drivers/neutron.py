"""OS::Neutron::Net, Subnet and Port."""

from typing import Any, ClassVar

from orchestration.clients import Cloud
from orchestration.drivers.base import (
    BOOLEAN,
    INTEGER,
    LIST,
    MAP,
    Node,
    Property,
    ResourceType,
    like_id,
    text,
    texts,
)
from orchestration.errors import ResourceFailed


class NeutronType(ResourceType):
    """What the network's types share: one collection, one noun, a mark to be found again by.

    noun: `network`; path: `/v2.0/networks`.  The mark is the node's unique name: as the name, or
    as the description of what the template names.
    """

    noun: ClassVar[str]
    path: ClassVar[str]

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = self.body(cloud, node, wanted) | _mark(node, wanted)
        return str(cloud.network.post(self.path, {self.noun: body})[self.noun]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        found = cloud.network.get(self.path, **(_mark(node, wanted) or {"name": node.unique_name}))
        rows = next(iter(found.values()))
        return str(rows[0]["id"]) if rows else None

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        words = self.body(cloud, node, wanted).get("description") if self._described(wanted) else ""
        if words and _mark(node, wanted):
            path = f"{self.path}/{node.physical_id}"
            cloud.network.put(path, {self.noun: {"description": words}})

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        before, after = self.body(cloud, node, old), self.body(cloud, node, wanted)
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        if changed:
            cloud.network.put(f"{self.path}/{node.physical_id}", {self.noun: changed})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.network.delete(f"{self.path}/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.network.get(f"{self.path}/{node.physical_id}")[self.noun]
        return {**{key: found.get(key) for key in self.attributes}, "show": found}

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return what the service is sent for these properties."""
        specs = wanted.get("value_specs") or {}
        plain = {key: value for key, value in wanted.items() if key != "value_specs"}
        return {"name": node.unique_name, **_mark(node, wanted), **plain, **specs}

    def _described(self, wanted: dict[str, Any]) -> bool:
        return "description" in {*wanted, *(wanted.get("value_specs") or {})}


def _mark(node: Node, wanted: dict[str, Any]) -> dict[str, str]:
    return {"description": node.unique_name} if wanted.get("name") else {}


def network_id(cloud: Cloud, name_or_id: str) -> str:
    """Return the id of a network.  Raises ResourceFailed when there is none, or several."""
    return resolve(cloud, "network", "/v2.0/networks", name_or_id)


def resolve(cloud: Cloud, noun: str, path: str, name_or_id: str) -> str:
    """Return the id of what a template calls by id or name.  Raises ResourceFailed.

    What looks like an id is one: whoever is sent it says so when there is no such thing.
    """
    if like_id(name_or_id):
        return name_or_id
    rows = next(iter(cloud.network.get(path, name=name_or_id, fields="id").values()))
    if len(rows) != 1:
        problem = "was not found" if not rows else f"is the name of {len(rows)}; use an id"
        raise ResourceFailed(reason=f"The {noun} {name_or_id} {problem}")
    return str(rows[0]["id"])


COMMON = {
    "name": text("Its name.", updatable=True),
    "value_specs": Property(MAP, "More that the service is sent.", updatable=True),
}
UP = Property(BOOLEAN, "Whether traffic flows.", default=True, updatable=True)


class Net(NeutronType):
    name = "OS::Neutron::Net"
    noun = "network"
    path = "/v2.0/networks"
    properties = {
        **COMMON,
        "admin_state_up": UP,
        "shared": Property(BOOLEAN, "Whether all projects may use it.", updatable=True),
        "port_security_enabled": Property(BOOLEAN, "The default of its ports.", updatable=True),
        "dns_domain": text("DNS domain.", updatable=True),
        "tags": texts("Tags.", updatable=True),
    }
    attributes = {
        "status": "The status.",
        "name": "The name.",
        "subnets": "Ids of its subnets.",
        "mtu": "The largest packet, in bytes.",
        "admin_state_up": "Whether traffic flows.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        body.pop("tags", None)
        return body


class Subnet(NeutronType):
    name = "OS::Neutron::Subnet"
    noun = "subnet"
    path = "/v2.0/subnets"
    properties = {
        **COMMON,
        "network": text("The network, by id or name.", required=True, aliases=("network_id",)),
        "cidr": text("Its range.", required=True),
        "ip_version": Property(INTEGER, "4 or 6.", default=4, allowed=(4, 6)),
        "gateway_ip": text("The gateway; an empty string for none.", updatable=True),
        "enable_dhcp": Property(BOOLEAN, "Whether DHCP answers.", default=True, updatable=True),
        "dns_nameservers": texts("Name servers.", updatable=True),
        "allocation_pools": Property(
            LIST,
            "Where addresses are taken from.",
            updatable=True,
            items=Property(MAP, keys={"start": text(required=True), "end": text(required=True)}),
        ),
        "host_routes": Property(
            LIST,
            "Routes that hosts are told.",
            updatable=True,
            items=Property(
                MAP, keys={"destination": text(required=True), "nexthop": text(required=True)}
            ),
        ),
        "ipv6_address_mode": text(allowed=("dhcpv6-stateful", "dhcpv6-stateless", "slaac")),
        "ipv6_ra_mode": text(allowed=("dhcpv6-stateful", "dhcpv6-stateless", "slaac")),
    }
    attributes = {
        "name": "The name.",
        "network_id": "Its network.",
        "cidr": "Its range.",
        "gateway_ip": "The gateway.",
        "allocation_pools": "Where addresses are taken from.",
        "dns_nameservers": "Name servers.",
        "enable_dhcp": "Whether DHCP answers.",
        "ip_version": "4 or 6.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        body["network_id"] = network_id(cloud, body.pop("network"))
        if body.get("gateway_ip") == "":
            body["gateway_ip"] = None
        return body


class Port(NeutronType):
    name = "OS::Neutron::Port"
    noun = "port"
    path = "/v2.0/ports"
    properties = {
        **COMMON,
        "network": text("The network, by id or name.", required=True, aliases=("network_id",)),
        "admin_state_up": UP,
        "mac_address": text("Its MAC address."),
        "device_id": text("Whose port it is.", updatable=True),
        "device_owner": text("What kind of device that is.", updatable=True),
        "security_groups": texts("Security groups, by id or name.", updatable=True),
        "port_security_enabled": Property(BOOLEAN, "Anti-spoofing.", updatable=True),
        "fixed_ips": Property(
            LIST,
            "Addresses it is to have.",
            updatable=True,
            items=Property(
                MAP, keys={"subnet": text(aliases=("subnet_id",)), "ip_address": text()}
            ),
        ),
        "allowed_address_pairs": Property(
            LIST,
            "Further addresses it may use.",
            updatable=True,
            items=Property(MAP, keys={"mac_address": text(), "ip_address": text(required=True)}),
        ),
    }
    attributes = {
        "name": "The name.",
        "network_id": "Its network.",
        "mac_address": "Its MAC address.",
        "fixed_ips": "Its addresses.",
        "status": "The status.",
        "security_groups": "Ids of its security groups.",
        "device_id": "Whose port it is.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        body["network_id"] = network_id(cloud, body.pop("network"))
        if "fixed_ips" in body:
            body["fixed_ips"] = [self._fixed(cloud, item) for item in body["fixed_ips"]]
        if "security_groups" in body:
            body["security_groups"] = [
                resolve(cloud, "security group", "/v2.0/security-groups", group)
                for group in body["security_groups"]
            ]
        return body

    def _fixed(self, cloud: Cloud, item: dict[str, Any]) -> dict[str, Any]:
        found = {"ip_address": item["ip_address"]} if item.get("ip_address") else {}
        if item.get("subnet"):
            found["subnet_id"] = resolve(cloud, "subnet", "/v2.0/subnets", item["subnet"])
        return found
