"""OS::Neutron::Net, Subnet and Port."""

from collections.abc import Mapping
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
    as the description of what the template names.  cleared: what a property becomes that the
    template leaves out after it gave one, where that is not null.
    """

    noun: ClassVar[str]
    path: ClassVar[str]
    cleared: ClassVar[Mapping[str, Any]] = {}

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
        if wanted.get("tags"):
            self._tag(cloud, node, wanted["tags"])

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        before, after = self.body(cloud, node, old), self.body(cloud, node, wanted)
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        changed |= {key: self.cleared.get(key) for key in before if key not in after}
        if changed:
            cloud.network.put(f"{self.path}/{node.physical_id}", {self.noun: changed})
        if old.get("tags") != wanted.get("tags"):
            self._tag(cloud, node, wanted.get("tags") or [])

    def _tag(self, cloud: Cloud, node: Node, tags: list[str]) -> None:
        cloud.network.put(f"{self.path}/{node.physical_id}/tags", {"tags": tags})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.network.delete(f"{self.path}/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.network.get(f"{self.path}/{node.physical_id}")[self.noun]
        return {**{key: found.get(key) for key in self.attributes}, "show": found}

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        """Return what the service is sent for these properties."""
        specs = wanted.get("value_specs") or {}
        plain = {k: v for k, v in wanted.items() if k not in ("value_specs", "tags")}
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
    "tags": texts("Tags.", updatable=True),
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
        "qos_policy": text("Its quality of service, by id or name.", updatable=True),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
        "availability_zone_hints": texts("Where it is to be."),
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
        if "qos_policy" in body:
            policy = body.pop("qos_policy")
            body["qos_policy_id"] = resolve(cloud, "policy", "/v2.0/qos/policies", policy)
        return body


class Subnet(NeutronType):
    name = "OS::Neutron::Subnet"
    noun = "subnet"
    path = "/v2.0/subnets"
    properties = {
        **COMMON,
        "network": text("The network, by id or name.", required=True, aliases=("network_id",)),
        "cidr": text("Its range, unless it comes from a pool."),
        "subnetpool": text("The pool its range is of, by id or name.", aliases=("subnetpool_id",)),
        "prefixlen": Property(INTEGER, "How long its prefix is, of a pool.", least=0, most=128),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
        "segment": text("The segment it is on."),
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

    cleared: ClassVar[Mapping[str, Any]] = {
        "allocation_pools": [],
        "dns_nameservers": [],
        "host_routes": [],
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        body["network_id"] = network_id(cloud, body.pop("network"))
        if body.get("gateway_ip") == "":
            body["gateway_ip"] = None
        pool = body.pop("subnetpool", None)
        if pool is not None:
            body["subnetpool_id"] = resolve(cloud, "subnet pool", "/v2.0/subnetpools", pool)
        if "segment" in body:
            body["segment_id"] = body.pop("segment")
        return body


class Port(NeutronType):
    name = "OS::Neutron::Port"
    noun = "port"
    path = "/v2.0/ports"
    properties = {
        **COMMON,
        "network": text("The network, by id or name.", required=True, aliases=("network_id",)),
        "admin_state_up": UP,
        "mac_address": text("Its MAC address.", updatable=True),
        "binding:vnic_type": text("What kind of port it is to a guest.", updatable=True),
        "dns_name": text("Its name in DNS.", updatable=True),
        "qos_policy": text("Its quality of service, by id or name.", updatable=True),
        "propagate_uplink_status": Property(BOOLEAN, "Whether it goes down with its uplink."),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
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
        "device_owner": "What kind of device that is.",
        "tenant_id": "Whose it is.",
        "admin_state_up": "Whether traffic flows.",
        "port_security_enabled": "Whether others' addresses are refused.",
        "allowed_address_pairs": "Further addresses it may use.",
        "dns_assignment": "Its names in DNS.",
    }

    cleared: ClassVar[Mapping[str, Any]] = {"allowed_address_pairs": [], "security_groups": []}

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        body["network_id"] = network_id(cloud, body.pop("network"))
        if "mac_address" in body:
            body["mac_address"] = body["mac_address"].replace("-", ":").lower()
        if "qos_policy" in body:
            policy = body.pop("qos_policy")
            body["qos_policy_id"] = resolve(cloud, "policy", "/v2.0/qos/policies", policy)
        if "fixed_ips" in body:
            body["fixed_ips"] = [self._fixed(cloud, item) for item in body["fixed_ips"]]
        if "security_groups" in body:
            body["security_groups"] = [
                resolve(cloud, "security group", "/v2.0/security-groups", group)
                for group in body["security_groups"]
            ]
        return body

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        """Change the port; an address it has had and that is not named any more may stay."""
        before, after = old.get("fixed_ips") or [], wanted.get("fixed_ips") or []
        if [one.get("subnet") for one in before] == [one.get("subnet") for one in after]:
            named = [pair for pair in zip(before, after, strict=True) if pair[1].get("ip_address")]
            if all(one == other for one, other in named):
                same = {key: wanted[key] for key in ("fixed_ips",) if key in wanted}
                old = {**{k: v for k, v in old.items() if k != "fixed_ips"}, **same}
        super().update(cloud, node, old, wanted)

    def _fixed(self, cloud: Cloud, item: dict[str, Any]) -> dict[str, Any]:
        found = {"ip_address": item["ip_address"]} if item.get("ip_address") else {}
        if item.get("subnet"):
            found["subnet_id"] = resolve(cloud, "subnet", "/v2.0/subnets", item["subnet"])
        return found
