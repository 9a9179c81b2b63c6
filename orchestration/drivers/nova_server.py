"""OS::Nova::Server."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers import nova_networks as networks
from orchestration.drivers import nova_volumes as volumes
from orchestration.drivers.base import BOOLEAN, MAP, Node, Property, ResourceType, text, texts
from orchestration.drivers.nova import flavor_id, image_id
from orchestration.drivers.software import resolved
from orchestration.errors import ResourceFailed
from orchestration.templates.parameters import text as parameter_text

MARK = "cumulet:stack_resource"
WANTED_FLAVOR = "flavor"
RESTORE = "restore"
"""What a server remembers that is to become what it was in a snapshot."""


class Server(ResourceType):
    """A server: a virtual machine, or a system container."""

    name = "OS::Nova::Server"
    properties = {
        "name": text("Its name.", updatable=True),
        "image": text("What it boots from, by id or name.", updatable=True),
        "block_device_mapping_v2": volumes.MAPPINGS,
        "flavor": text("Its size, by id or name.", required=True, updatable=True),
        "key_name": text("The key pair for its default user."),
        "availability_zone": text("Where it is to run."),
        "security_groups": networks.SECURITY_GROUPS,
        "networks": networks.NETWORKS,
        "user_data": text("What runs at first boot, or the id of a software configuration."),
        "user_data_format": text(
            "How user_data is meant.",
            default="RAW",
            allowed=("RAW", "HEAT_CFNTOOLS", "SOFTWARE_CONFIG"),
        ),
        "user_data_update_policy": text(
            "Whether other user_data make another server.",
            default="REPLACE",
            allowed=("REPLACE", "IGNORE"),
            updatable=True,
        ),
        "flavor_update_policy": text(
            "Whether another flavor resizes or replaces it.",
            default="RESIZE",
            allowed=("RESIZE", "REPLACE"),
            updatable=True,
        ),
        "image_update_policy": text(
            "Whether another image rebuilds or replaces it.",
            default="REBUILD",
            allowed=("REBUILD", "REPLACE", "REBUILD_PRESERVE_EPHEMERAL"),
            updatable=True,
        ),
        "config_drive": Property(BOOLEAN, "Whether it gets a config drive."),
        "diskConfig": text("How its disk is divided.", allowed=("AUTO", "MANUAL")),
        "admin_pass": text("Its administrator's password."),
        "metadata": Property(MAP, "Keys and values the server can read.", updatable=True),
        "scheduler_hints": Property(MAP, "Hints for its placement."),
        "tags": texts("Tags.", updatable=True),
    }
    attributes = {
        "name": "The name.",
        "addresses": "Addresses by network, with their ports.",
        "networks": "Addresses by network, as plain lists.",
        "first_address": "The first address.",
        "accessIPv4": "The address to reach it by.",
        "accessIPv6": "The IPv6 address to reach it by.",
        "instance_name": "Its name on the host.",
        "tags": "Its tags.",
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        networks.take_over(cloud, node, wanted)
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
        if found["status"] == "VERIFY_RESIZE" and not _busy(found):
            self._act(cloud, node, {"confirmResize": None})
            return False
        if found["status"] != "ACTIVE" or _busy(found):
            return False
        return self._has_size(cloud, node, found)

    def _has_size(self, cloud: Cloud, node: Node, found: dict[str, Any]) -> bool:
        """Resize the server if that is left to do; say whether it is not."""
        size = node.home.data(node.id).get(WANTED_FLAVOR)
        if size is None or found["flavor"].get("id") in (size, None):
            return True
        try:
            self._act(cloud, node, {"resize": {"flavorRef": size}})
        except CloudRefused as error:
            if error.facts["status_code"] != 409:
                node.home.remember(node, **{WANTED_FLAVOR: None})
            raise
        return False

    def changes_in_place(self, old: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
        if not super().changes_in_place(old, self._without_ignored(old, wanted)):
            return False
        for key in ("flavor", "image"):
            policy = wanted.get(f"{key}_update_policy")
            if old.get(key) != wanted.get(key) and policy == "REPLACE":
                return False
        return True

    def _without_ignored(
        self, old: Mapping[str, Any], wanted: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        if wanted.get("user_data_update_policy") != "IGNORE":
            return wanted
        same = {key: old[key] for key in ("user_data", "user_data_format") if key in old}
        rest = {k: v for k, v in wanted.items() if k not in ("user_data", "user_data_format")}
        return {**rest, **same}

    def differs(self, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> bool:
        marks = (networks.LET_GO, RESTORE)
        return old != wanted or any(node.data.get(mark) for mark in marks)

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        changed = {key for key in self.properties if old.get(key) != wanted.get(key)}
        path = f"/servers/{node.physical_id}"
        if "name" in changed:
            name = wanted.get("name") or node.unique_name
            cloud.compute.put(path, {"server": {"name": name}})
        if "metadata" in changed:
            cloud.compute.put(f"{path}/metadata", {"metadata": self._metadata(node, wanted)})
        if "tags" in changed:
            self._tag(cloud, node, wanted)
        if "security_groups" in changed:
            self._guard(cloud, node, old, wanted)
        if "networks" in changed or node.data.get(networks.LET_GO):
            networks.change(cloud, node, wanted)
            node.home.remember(node, **{networks.LET_GO: False})
        if "flavor" in changed:
            size = flavor_id(cloud, wanted["flavor"])
            node.home.remember(node, **{WANTED_FLAVOR: size})
        kept = (node.data.get(RESTORE) or {}).get("image")
        if kept:
            self._act(cloud, node, {"rebuild": {"imageRef": kept}})
            node.home.remember(node, **{RESTORE: None})
        elif "image" in changed:
            self._rebuild(cloud, node, wanted)

    def _rebuild(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        image = image_id(cloud, wanted["image"])
        found = cloud.compute.get(f"/servers/{node.physical_id}")["server"]
        if (found.get("image") or {}).get("id") != image:
            self._act(cloud, node, {"rebuild": {"imageRef": image}})

    def _guard(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        before = set(old.get("security_groups") or ["default"])
        after = set(wanted.get("security_groups") or ["default"])
        for group in sorted(after - before):
            self._act(cloud, node, {"addSecurityGroup": {"name": group}})
        for group in sorted(before - after):
            self._act(cloud, node, {"removeSecurityGroup": {"name": group}})

    def _tag(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        tags = {"tags": wanted.get("tags") or []}
        cloud.compute.put(f"/servers/{node.physical_id}/tags", tags, microversion="2.26")

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        if wanted.get("tags"):
            self._tag(cloud, node, wanted)

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.compute.delete(f"/servers/{node.physical_id}")

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.compute.find(f"/servers/{node.physical_id}")
        if found and found["server"]["status"] == "ERROR" and not _busy(found["server"]):
            raise ResourceFailed(reason=f"Server {node.physical_id} could not be deleted")
        if found is None:
            networks.drop_own_ports(cloud, node)
        return found is None

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        found = cloud.compute.get(f"/servers/{node.physical_id}")["server"]
        if found["status"] not in ("ACTIVE", "RESIZE", "VERIFY_RESIZE", "PASSWORD"):
            raise ResourceFailed(reason=f"Not healthy: the server is {found['status']}")

    def suspend(self, cloud: Cloud, node: Node) -> None:
        if self._status(cloud, node) != "SUSPENDED":
            self._act(cloud, node, {"suspend": None})

    def suspended(self, cloud: Cloud, node: Node) -> bool:
        return self._status(cloud, node) == "SUSPENDED"

    def resume(self, cloud: Cloud, node: Node) -> None:
        if self._status(cloud, node) == "SUSPENDED":
            self._act(cloud, node, {"resume": None})

    def _status(self, cloud: Cloud, node: Node) -> str:
        found = cloud.compute.get(f"/servers/{node.physical_id}")["server"]
        if found["status"] == "ERROR":
            raise ResourceFailed(reason=f"Server {node.physical_id} went to status ERROR")
        return str(found["status"])

    def snapshot(self, cloud: Cloud, node: Node) -> dict[str, Any]:
        name = f"{node.unique_name}-{node.began_at:%Y%m%d%H%M%S}"
        rows = cloud.image.get("/v2/images", name=name)["images"]
        if not rows:
            self._act(cloud, node, {"createImage": {"name": name}})
            rows = cloud.image.get("/v2/images", name=name)["images"]
        return {"image": rows[0]["id"]} if rows else {"name": name}

    def snapshot_ready(self, cloud: Cloud, node: Node, kept: Mapping[str, Any]) -> bool:
        if "image" not in kept:
            raise ResourceFailed(reason=f"The image {kept.get('name')} did not come to be")
        found = cloud.image.find(f"/v2/images/{kept['image']}")
        if found is None or found["status"] in ("killed", "deleted"):
            raise ResourceFailed(reason=f"The image {kept['image']} was lost while it was made")
        return bool(found["status"] == "active")

    def drop_snapshot(self, cloud: Cloud, kept: Mapping[str, Any]) -> None:
        if kept.get("image"):
            cloud.image.delete(f"/v2/images/{kept['image']}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.compute.get(f"/servers/{node.physical_id}")["server"]
        ports = self._ports(cloud, node)
        addresses = {
            name: [{**entry, "port": ports.get(entry["addr"])} for entry in entries]
            for name, entries in found["addresses"].items()
        }
        plain = {name: [entry["addr"] for entry in every] for name, every in addresses.items()}
        every = [address for entries in plain.values() for address in entries]
        return {
            "name": found["name"],
            "addresses": addresses,
            "networks": plain,
            "first_address": every[0] if every else "",
            "accessIPv4": found.get("accessIPv4", ""),
            "accessIPv6": found.get("accessIPv6", ""),
            "instance_name": found.get("OS-EXT-SRV-ATTR:instance_name", ""),
            "tags": wanted.get("tags") or [],
            "show": found,
        }

    def _ports(self, cloud: Cloud, node: Node) -> dict[str, str]:
        """Return the ids of the server's ports by their addresses."""
        path = f"/servers/{node.physical_id}/os-interface"
        rows = cloud.compute.get(path)["interfaceAttachments"]
        return {
            fixed["ip_address"]: row["port_id"]
            for row in rows
            for fixed in row.get("fixed_ips") or []
        }

    def _act(self, cloud: Cloud, node: Node, body: dict[str, Any]) -> None:
        """Order something; that it is done already is a success."""
        cloud.compute.post(f"/servers/{node.physical_id}/action", body)

    def _body(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        server: dict[str, Any] = {
            "name": wanted.get("name") or node.unique_name,
            "imageRef": image_id(cloud, wanted["image"]) if wanted.get("image") else "",
            "flavorRef": flavor_id(cloud, wanted["flavor"]),
            "metadata": self._metadata(node, wanted),
        }
        if wanted.get("networks") and networks.allocation(wanted) is None:
            server["networks"] = networks.requested(cloud, node, wanted)
        for key, name in (
            ("key_name", "key_name"),
            ("availability_zone", "availability_zone"),
            ("config_drive", "config_drive"),
            ("admin_pass", "adminPass"),
            ("diskConfig", "OS-DCF:diskConfig"),
        ):
            if key in wanted:
                server[name] = wanted[key]
        if wanted.get("user_data"):
            content = resolved(node, wanted["user_data"])
            server["user_data"] = base64.b64encode(content.encode()).decode()
        if wanted.get("block_device_mapping_v2"):
            server["block_device_mapping_v2"] = volumes.requested(
                cloud, wanted["block_device_mapping_v2"]
            )
        if wanted.get("security_groups"):
            server["security_groups"] = [{"name": group} for group in wanted["security_groups"]]
        body: dict[str, Any] = {"server": server}
        if wanted.get("scheduler_hints"):
            body["os:scheduler_hints"] = wanted["scheduler_hints"]
        return body

    def _metadata(self, node: Node, wanted: dict[str, Any]) -> dict[str, str]:
        given = wanted.get("metadata") or {}
        return {MARK: node.unique_name} | {key: parameter_text(item) for key, item in given.items()}


def _busy(server: dict[str, Any]) -> bool:
    return server.get("OS-EXT-STS:task_state") is not None
