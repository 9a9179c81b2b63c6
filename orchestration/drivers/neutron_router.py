"""OS::Neutron::Router, RouterInterface, RouterGateway, FloatingIP and FloatingIPAssociation."""

from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers.base import BOOLEAN, LIST, MAP, Node, Property, ResourceType, text
from orchestration.drivers.neutron import COMMON, UP, NeutronType, network_id, resolve
from orchestration.errors import ResourceFailed


class Router(NeutronType):
    name = "OS::Neutron::Router"
    noun = "router"
    path = "/v2.0/routers"
    properties = {
        **COMMON,
        "admin_state_up": UP,
        "external_gateway_info": Property(
            MAP,
            "The way out.",
            updatable=True,
            keys={
                "network": text(
                    "The external network, by id or name.", required=True, aliases=("network_id",)
                ),
                "enable_snat": Property(BOOLEAN, "Whether inside addresses are translated."),
                "external_fixed_ips": Property(
                    LIST,
                    items=Property(
                        MAP, keys={"ip_address": text(), "subnet": text(aliases=("subnet_id",))}
                    ),
                ),
            },
        ),
    }
    attributes = {
        "name": "The name.",
        "status": "The status.",
        "external_gateway_info": "The way out.",
        "admin_state_up": "Whether traffic flows.",
    }

    def body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        body = super().body(cloud, node, wanted)
        gateway = body.get("external_gateway_info")
        if gateway:
            body["external_gateway_info"] = _gateway(cloud, gateway)
        return body


def _gateway(cloud: Cloud, wanted: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"network_id": network_id(cloud, wanted["network"])}
    if "enable_snat" in wanted:
        body["enable_snat"] = wanted["enable_snat"]
    if wanted.get("external_fixed_ips"):
        body["external_fixed_ips"] = [
            {("subnet_id" if key == "subnet" else key): value for key, value in item.items()}
            for item in wanted["external_fixed_ips"]
        ]
    return body


class RouterInterface(ResourceType):
    name = "OS::Neutron::RouterInterface"
    properties = {
        "router": text("The router, by id or name.", required=True, aliases=("router_id",)),
        "subnet": text("The subnet to join, by id or name.", aliases=("subnet_id",)),
        "port": text("Or the port to join by, by id or name.", aliases=("port_id",)),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        router, leg = self._ends(cloud, wanted)
        try:
            cloud.network.put(f"/v2.0/routers/{router}/add_router_interface", leg)
        except CloudRefused as error:
            if not self._joined(cloud, router, leg):
                raise error
        key, value = next(iter(leg.items()))
        return f"{router}:{key}={value}"

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        router, _, leg = str(node.physical_id).partition(":")
        key, _, value = leg.partition("=")
        try:
            cloud.network.put(f"/v2.0/routers/{router}/remove_router_interface", {key: value})
        except CloudRefused as error:
            if error.facts["status_code"] != 404:
                raise

    def _ends(self, cloud: Cloud, wanted: dict[str, Any]) -> tuple[str, dict[str, str]]:
        router = resolve(cloud, "router", "/v2.0/routers", wanted["router"])
        if wanted.get("port"):
            return router, {"port_id": resolve(cloud, "port", "/v2.0/ports", wanted["port"])}
        if not wanted.get("subnet"):
            raise ResourceFailed(reason="Either subnet or port must be specified.")
        return router, {"subnet_id": resolve(cloud, "subnet", "/v2.0/subnets", wanted["subnet"])}

    def _joined(self, cloud: Cloud, router: str, leg: dict[str, str]) -> bool:
        ports = cloud.network.get("/v2.0/ports", device_id=router)["ports"]
        if "port_id" in leg:
            return any(port["id"] == leg["port_id"] for port in ports)
        return any(
            fixed["subnet_id"] == leg["subnet_id"] for port in ports for fixed in port["fixed_ips"]
        )


class RouterGateway(ResourceType):
    name = "OS::Neutron::RouterGateway"
    properties = {
        "router_id": text("The router.", required=True),
        "network": text(
            "The external network, by id or name.", required=True, aliases=("network_id",)
        ),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        gateway = {"network_id": network_id(cloud, wanted["network"])}
        body = {"router": {"external_gateway_info": gateway}}
        cloud.network.put(f"/v2.0/routers/{wanted['router_id']}", body)
        return f"{wanted['router_id']}:{gateway['network_id']}"

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        router = str(node.physical_id).partition(":")[0]
        try:
            cloud.network.put(f"/v2.0/routers/{router}", {"router": {"external_gateway_info": {}}})
        except CloudRefused as error:
            if error.facts["status_code"] != 404:
                raise


class FloatingIP(ResourceType):
    """A floating address.  The node's unique name in its description lets a second try find it."""

    name = "OS::Neutron::FloatingIP"
    properties = {
        "floating_network": text(
            "The external network, by id or name.", required=True, aliases=("floating_network_id",)
        ),
        "floating_subnet": text("A subnet of it."),
        "floating_ip_address": text("The address wanted."),
        "port_id": text("The port it leads to.", updatable=True),
        "fixed_ip_address": text("Which of the port's addresses.", updatable=True),
    }
    attributes = {
        "floating_ip_address": "The address.",
        "fixed_ip_address": "The inside address.",
        "floating_network_id": "The external network.",
        "port_id": "The port it leads to.",
        "router_id": "The router that translates.",
        "status": "The status.",
    }
    path = "/v2.0/floatingips"

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body: dict[str, Any] = {
            "floating_network_id": network_id(cloud, wanted["floating_network"]),
            "description": node.unique_name,
        }
        for key in ("floating_ip_address", "port_id", "fixed_ip_address"):
            if wanted.get(key):
                body[key] = wanted[key]
        if wanted.get("floating_subnet"):
            body["subnet_id"] = resolve(cloud, "subnet", "/v2.0/subnets", wanted["floating_subnet"])
        return str(cloud.network.post(self.path, {"floatingip": body})["floatingip"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        rows = cloud.network.get(self.path, description=node.unique_name)["floatingips"]
        return str(rows[0]["id"]) if rows else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        body = {"port_id": wanted.get("port_id")}
        if wanted.get("fixed_ip_address"):
            body["fixed_ip_address"] = wanted["fixed_ip_address"]
        cloud.network.put(f"{self.path}/{node.physical_id}", {"floatingip": body})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.network.delete(f"{self.path}/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.network.get(f"{self.path}/{node.physical_id}")["floatingip"]
        return {**{key: found.get(key) for key in self.attributes}, "show": found}


class FloatingIPAssociation(ResourceType):
    name = "OS::Neutron::FloatingIPAssociation"
    properties = {
        "floatingip_id": text("The floating address.", required=True),
        "port_id": text("The port it leads to.", required=True, updatable=True),
        "fixed_ip_address": text("Which of the port's addresses.", updatable=True),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        self._associate(cloud, wanted["floatingip_id"], wanted)
        return str(wanted["floatingip_id"])

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        self._associate(cloud, str(node.physical_id), wanted)

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        path = f"/v2.0/floatingips/{node.physical_id}"
        found = cloud.network.find(path)
        if found and found["floatingip"].get("port_id") == wanted.get("port_id"):
            cloud.network.put(path, {"floatingip": {"port_id": None}})

    def _associate(self, cloud: Cloud, floating_ip_id: str, wanted: dict[str, Any]) -> None:
        body = {"port_id": wanted["port_id"]}
        if wanted.get("fixed_ip_address"):
            body["fixed_ip_address"] = wanted["fixed_ip_address"]
        cloud.network.put(f"/v2.0/floatingips/{floating_ip_id}", {"floatingip": body})
