"""Further types of the network: pools, scopes, shares, extra routes, provider networks."""

from collections.abc import Mapping
from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers.base import (
    BOOLEAN,
    INTEGER,
    LIST,
    MAP,
    Node,
    Property,
    ResourceType,
    text,
    texts,
)
from orchestration.drivers.neutron import COMMON, UP, NeutronType, resolve

ROUTE = {
    "destination": text("Where packets go, as a range.", required=True),
    "nexthop": text("By which address.", required=True),
}


class AddressScope(NeutronType):
    """Addresses that are unique among one another."""

    name = "OS::Neutron::AddressScope"
    noun = "address_scope"
    path = "/v2.0/address-scopes"
    properties = {
        "name": text("Its name.", updatable=True),
        "shared": Property(BOOLEAN, "Whether all projects may use it.", updatable=True),
        "ip_version": Property(INTEGER, "4 or 6.", default=4, allowed=(4, 6)),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
    }
    attributes = {"name": "The name.", "ip_version": "4 or 6."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = self.body(cloud, node, wanted)
        return str(cloud.network.post(self.path, {self.noun: body})[self.noun]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        rows = cloud.network.get(self.path, name=wanted.get("name") or node.unique_name)
        found = [
            row["id"]
            for row in rows["address_scopes"]
            if node.home.sibling(node.project_id, row["id"]) is None
        ]
        return str(found[0]) if found else None

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        return

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"name": node.unique_name, **wanted}


class SubnetPool(NeutronType):
    """Ranges that subnets take theirs from."""

    name = "OS::Neutron::SubnetPool"
    noun = "subnetpool"
    path = "/v2.0/subnetpools"
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is for.", updatable=True),
        "prefixes": texts("Its ranges.", required=True, updatable=True),
        "address_scope": text("Its scope, by id or name.", updatable=True),
        "default_quota": Property(INTEGER, "What a project may take.", updatable=True),
        "default_prefixlen": Property(INTEGER, "How long a prefix is.", updatable=True),
        "min_prefixlen": Property(INTEGER, "The shortest prefix.", updatable=True),
        "max_prefixlen": Property(INTEGER, "The longest prefix.", updatable=True),
        "is_default": Property(BOOLEAN, "Whether it is the default.", updatable=True),
        "shared": Property(BOOLEAN, "Whether all projects may use it."),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
        "tags": texts("Tags.", updatable=True),
    }
    attributes = {
        "name": "The name.",
        "prefixes": "Its ranges.",
        "default_prefixlen": "How long a prefix is.",
        "ip_version": "4 or 6.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        scope = body.pop("address_scope", None)
        if scope is not None:
            path = "/v2.0/address-scopes"
            body["address_scope_id"] = resolve(cloud, "address scope", path, scope)
        return body


class RbacPolicy(ResourceType):
    """A network or another thing shared with one project, or with all."""

    name = "OS::Neutron::RBACPolicy"
    properties = {
        "object_type": text("What kind of thing is shared.", required=True),
        "object_id": text("Its id.", required=True),
        "action": text("What may be done with it.", required=True),
        "target_tenant": text("The project; * for all.", required=True, updatable=True),
        "tenant_id": text("Whose it is to be.", aliases=("project_id",)),
    }
    path = "/v2.0/rbac-policies"

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return str(cloud.network.post(self.path, {"rbac_policy": wanted})["rbac_policy"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        keys = ("object_type", "object_id", "action", "target_tenant")
        rows = cloud.network.get(self.path, object_id=wanted["object_id"])["rbac_policies"]
        mine = [row for row in rows if all(row[key] == wanted[key] for key in keys)]
        return str(mine[0]["id"]) if mine else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        body = {"rbac_policy": {"target_tenant": wanted["target_tenant"]}}
        cloud.network.put(f"{self.path}/{node.physical_id}", body)

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.network.delete(f"{self.path}/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"show": cloud.network.get(f"{self.path}/{node.physical_id}")["rbac_policy"]}


class ProviderNet(NeutronType):
    """A network on a physical one; making one is an administrator's right."""

    name = "OS::Neutron::ProviderNet"
    noun = "network"
    path = "/v2.0/networks"
    properties = {
        **COMMON,
        "admin_state_up": UP,
        "network_type": text(
            "How it is carried.",
            required=True,
            allowed=("local", "vlan", "vxlan", "gre", "geneve", "flat"),
            updatable=True,
        ),
        "physical_network": text("What carries it.", updatable=True),
        "segmentation_id": text("Its number there.", updatable=True),
        "router_external": Property(BOOLEAN, "Whether it leads out.", updatable=True),
        "shared": Property(BOOLEAN, "Whether all projects may use it.", updatable=True),
        "port_security_enabled": Property(BOOLEAN, "The default of its ports.", updatable=True),
        "dns_domain": text("DNS domain.", updatable=True),
        "availability_zone_hints": texts("Where it is to be."),
    }
    attributes = {"status": "The status.", "subnets": "Ids of its subnets.", "name": "The name."}

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        for key in ("network_type", "physical_network", "segmentation_id"):
            if key in body:
                body[f"provider:{key}"] = body.pop(key)
        if "router_external" in body:
            body["router:external"] = body.pop("router_external")
        return body


class ExtraRouteSet(ResourceType):
    """Routes of a router, beside those that others gave it."""

    name = "OS::Neutron::ExtraRouteSet"
    properties: Mapping[str, Property] = {
        "router": text("The router, by id or name.", required=True),
        "routes": Property(LIST, "The routes.", updatable=True, items=Property(MAP, keys=ROUTE)),
    }

    def routes(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the routes that the properties ask for."""
        return list(wanted.get("routes") or [])

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        router = resolve(cloud, "router", "/v2.0/routers", wanted["router"])
        self._change(cloud, router, [], self.routes(wanted))
        return f"{router}:{node.unique_name}"

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        self._change(cloud, _router(node), self.routes(old), self.routes(wanted))

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        try:
            self._change(cloud, _router(node), self.routes(wanted), [])
        except CloudRefused as error:
            if error.facts["status_code"] != 404:
                raise

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.network.get(f"/v2.0/routers/{_router(node)}")["router"]["routes"]
        return {"show": [route for route in found if route in self.routes(wanted)]}

    def _change(
        self, cloud: Cloud, router: str, old: list[dict[str, Any]], new: list[dict[str, Any]]
    ) -> None:
        path = f"/v2.0/routers/{router}"
        there = cloud.network.get(path)["router"].get("routes") or []
        routes = [route for route in there if route not in old or route in new]
        routes += [route for route in new if route not in routes]
        if routes != there:
            cloud.network.put(path, {"router": {"routes": routes}})


def _router(node: Node) -> str:
    return str(node.physical_id).partition(":")[0]


class ExtraRoute(ExtraRouteSet):
    """One route of a router."""

    name = "OS::Neutron::ExtraRoute"
    properties = {"router_id": text("The router.", required=True), **ROUTE}

    def routes(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        return [{key: wanted[key] for key in ROUTE}]

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return super().create(cloud, node, {**wanted, "router": wanted["router_id"]})
