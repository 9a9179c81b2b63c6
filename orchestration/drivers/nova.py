"""OS::Nova::KeyPair and OS::Nova::Server."""

import base64
import re
from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers.base import (
    BOOLEAN,
    LIST,
    MAP,
    Node,
    Property,
    ResourceType,
    like_id,
    text,
    texts,
)
from orchestration.drivers.neutron import network_id, resolve
from orchestration.errors import ResourceFailed
from orchestration.templates.parameters import text as parameter_text


class KeyPair(ResourceType):
    name = "OS::Nova::KeyPair"
    properties = {
        "name": text("Its name.", required=True),
        "public_key": text("The public key; without it a pair is made."),
        "save_private_key": Property(BOOLEAN, "Whether to keep a made private key.", default=False),
        "type": text("ssh or x509.", allowed=("ssh", "x509")),
    }
    attributes = {"public_key": "The public key.", "private_key": "The private key, if kept."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {"name": wanted["name"]}
        if wanted.get("public_key"):
            body["public_key"] = wanted["public_key"].strip()
        cloud.compute.post("/os-keypairs", {"keypair": body})
        return str(wanted["name"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        found = cloud.compute.find(f"/os-keypairs/{wanted['name']}")
        ours = (
            found and found["keypair"]["public_key"].strip() == wanted.get("public_key", "").strip()
        )
        return str(wanted["name"]) if ours else None

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.compute.delete(f"/os-keypairs/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.compute.get(f"/os-keypairs/{node.physical_id}")["keypair"]
        return {"public_key": found["public_key"], "private_key": "", "show": found}

    def check(self, kind: str, wanted: Any, *, complete: bool) -> dict[str, Any]:
        found = super().check(kind, wanted, complete=complete)
        if found.get("save_private_key"):
            raise ResourceFailed(
                reason="save_private_key is not offered: a private key would lie in the database. "
                "Give public_key instead."
            )
        return found


class Server(ResourceType):
    name = "OS::Nova::Server"
    properties = {
        "name": text("Its name.", updatable=True),
        "image": text("What it boots from, by id or name.", required=True),
        "flavor": text("Its size, by id or name.", required=True),
        "key_name": text("The key pair for its default user."),
        "availability_zone": text("Where it is to run."),
        "security_groups": texts("Security groups, for networks given without a port."),
        "networks": Property(
            LIST,
            "Its network ports.",
            items=Property(
                MAP,
                keys={
                    "port": text("A port, by id or name."),
                    "network": text("A network, by id or name.", aliases=("uuid",)),
                    "fixed_ip": text("The address wanted on that network."),
                },
            ),
        ),
        "user_data": text("What runs at first boot."),
        "user_data_format": text(
            default="RAW", allowed=("RAW", "HEAT_CFNTOOLS", "SOFTWARE_CONFIG")
        ),
        "config_drive": Property(BOOLEAN, "Whether it gets a config drive."),
        "metadata": Property(MAP, "Keys and values the server can read."),
        "scheduler_hints": Property(MAP, "Hints for its placement."),
    }
    attributes = {
        "name": "The name.",
        "addresses": "Addresses by network.",
        "networks": "Addresses by network, as plain lists.",
        "first_address": "The first address.",
        "accessIPv4": "The address to reach it by.",
        "instance_name": "Its name on the host.",
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        return str(cloud.compute.post("/servers", self._body(cloud, node, wanted))["server"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        name = wanted.get("name") or node.unique_name
        rows = cloud.compute.get("/servers/detail", name=f"^{re.escape(name)}$")["servers"]
        mine = [row for row in rows if row["metadata"].get(MARK) == node.unique_name]
        return str(mine[0]["id"]) if mine else None

    def ready(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.compute.get(f"/servers/{node.physical_id}")["server"]
        if found["status"] == "ERROR":
            fault = (found.get("fault") or {}).get("message", "no reason was given")
            raise ResourceFailed(reason=f"Went to status ERROR due to: {fault}")
        return bool(found["status"] == "ACTIVE")

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        name = wanted.get("name") or node.unique_name
        cloud.compute.put(f"/servers/{node.physical_id}", {"server": {"name": name}})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.compute.delete(f"/servers/{node.physical_id}")

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.compute.find(f"/servers/{node.physical_id}")
        if found and found["server"]["status"] == "ERROR" and not _busy(found["server"]):
            raise ResourceFailed(reason=f"Server {node.physical_id} could not be deleted")
        return found is None

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.compute.get(f"/servers/{node.physical_id}")["server"]
        networks = {
            name: [entry["addr"] for entry in entries]
            for name, entries in found["addresses"].items()
        }
        every = [address for entries in networks.values() for address in entries]
        return {
            "name": found["name"],
            "addresses": found["addresses"],
            "networks": networks,
            "first_address": every[0] if every else "",
            "accessIPv4": found.get("accessIPv4", ""),
            "instance_name": found.get("OS-EXT-SRV-ATTR:instance_name", ""),
            "show": found,
        }

    def _body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        server: dict[str, Any] = {
            "name": wanted.get("name") or node.unique_name,
            "imageRef": image_id(cloud, wanted["image"]),
            "flavorRef": flavor_id(cloud, wanted["flavor"]),
            "networks": [self._network(cloud, item) for item in wanted.get("networks") or []],
        }
        if not server["networks"]:
            del server["networks"]
        for key in ("key_name", "availability_zone", "config_drive"):
            if key in wanted:
                server[key] = wanted[key]
        given = wanted.get("metadata") or {}
        server["metadata"] = {MARK: node.unique_name} | {
            key: parameter_text(item) for key, item in given.items()
        }
        if wanted.get("user_data"):
            server["user_data"] = base64.b64encode(wanted["user_data"].encode()).decode()
        if wanted.get("security_groups"):
            server["security_groups"] = [{"name": group} for group in wanted["security_groups"]]
        body: dict[str, Any] = {"server": server}
        if wanted.get("scheduler_hints"):
            body["os:scheduler_hints"] = wanted["scheduler_hints"]
        return body

    def _network(self, cloud: Cloud, item: dict[str, Any]) -> dict[str, Any]:
        if item.get("port"):
            return {"port": resolve(cloud, "port", "/v2.0/ports", item["port"])}
        if not item.get("network"):
            raise ResourceFailed(reason="Each entry of networks needs a port or a network.")
        found = {"uuid": network_id(cloud, item["network"])}
        return {**found, "fixed_ip": item["fixed_ip"]} if item.get("fixed_ip") else found


MARK = "cumulet:stack_resource"


def _busy(server: dict[str, Any]) -> bool:
    return server.get("OS-EXT-STS:task_state") is not None


def image_id(cloud: Cloud, name_or_id: str) -> str:
    """Return the id of an image.  Raises ResourceFailed when there is none, or several."""
    if like_id(name_or_id) and cloud.image.find(f"/v2/images/{name_or_id}"):
        return name_or_id
    rows = cloud.image.get("/v2/images", name=name_or_id)["images"]
    return _single("image", name_or_id, rows)


def flavor_id(cloud: Cloud, name_or_id: str) -> str:
    """Return the id of a flavor.  Raises ResourceFailed when there is none."""
    try:
        return str(cloud.compute.get(f"/flavors/{name_or_id}")["flavor"]["id"])
    except CloudRefused as error:
        if error.facts["status_code"] not in (400, 404):
            raise
    rows = [row for row in cloud.compute.get("/flavors")["flavors"] if row["name"] == name_or_id]
    return _single("flavor", name_or_id, rows)


def _single(noun: str, name: str, rows: list[dict[str, Any]]) -> str:
    if len(rows) != 1:
        problem = "was not found" if not rows else f"is the name of {len(rows)}; use an id"
        raise ResourceFailed(reason=f"The {noun} {name} {problem}")
    return str(rows[0]["id"])
