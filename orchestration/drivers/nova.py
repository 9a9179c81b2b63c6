"""OS::Nova::KeyPair, Flavor and ServerGroup, and how images and flavors are found."""

from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers.base import (
    BOOLEAN,
    INTEGER,
    MAP,
    NUMBER,
    Node,
    Property,
    ResourceType,
    like_id,
    text,
    texts,
)
from orchestration.errors import ResourceFailed


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


class ServerGroup(ResourceType):
    """Servers that are to run together, or apart."""

    name = "OS::Nova::ServerGroup"
    properties = {
        "name": text("Its name."),
        "policies": texts("One of affinity, anti-affinity, soft-affinity, soft-anti-affinity."),
    }
    attributes = {"policies": "Its policies.", "members": "Ids of its servers."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        policies = wanted.get("policies") or ["anti-affinity"]
        body = {"name": wanted.get("name") or node.unique_name, "policies": policies}
        version = "2.15" if policies[0].startswith("soft-") else None
        answer = cloud.compute.post(
            "/os-server-groups", {"server_group": body}, microversion=version
        )
        return str(answer["server_group"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        name = wanted.get("name") or node.unique_name
        rows = cloud.compute.get("/os-server-groups")["server_groups"]
        mine = [row for row in rows if row["name"] == name and not row.get("members")]
        known = [row for row in mine if node.home.sibling(node.project_id, row["id"]) is None]
        return str(known[0]["id"]) if known else None

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.compute.delete(f"/os-server-groups/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.compute.get(f"/os-server-groups/{node.physical_id}")["server_group"]
        return {"policies": found.get("policies"), "members": found.get("members"), "show": found}


class Flavor(ResourceType):
    """A size of servers; making one is an administrator's right."""

    name = "OS::Nova::Flavor"
    properties = {
        "name": text("Its name."),
        "flavorid": text("Its id."),
        "ram": Property(INTEGER, "Memory, in MiB.", required=True),
        "vcpus": Property(INTEGER, "Processors.", required=True),
        "disk": Property(INTEGER, "Root disk, in GiB.", default=0),
        "swap": Property(INTEGER, "Swap, in MiB.", default=0),
        "ephemeral": Property(INTEGER, "Second disk, in GiB.", default=0),
        "rxtx_factor": Property(NUMBER, "Share of bandwidth.", default=1.0),
        "is_public": Property(BOOLEAN, "Whether everybody may use it.", default=True),
        "extra_specs": Property(MAP, "More that it asks of a host.", updatable=True),
    }
    attributes = {"is_public": "Whether everybody may use it.", "extra_specs": "What it asks."}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {
            "name": wanted.get("name") or node.unique_name,
            "id": wanted.get("flavorid") or node.id,
            "OS-FLV-EXT-DATA:ephemeral": wanted["ephemeral"],
            "os-flavor-access:is_public": wanted["is_public"],
            **{key: wanted[key] for key in ("ram", "vcpus", "disk", "swap", "rxtx_factor")},
        }
        return str(cloud.compute.post("/flavors", {"flavor": body})["flavor"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        found = cloud.compute.find(f"/flavors/{wanted.get('flavorid') or node.id}")
        return str(found["flavor"]["id"]) if found else None

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        if wanted.get("extra_specs"):
            specs = {key: str(value) for key, value in wanted["extra_specs"].items()}
            path = f"/flavors/{node.physical_id}/os-extra_specs"
            cloud.compute.post(path, {"extra_specs": specs})

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        for key in set(old.get("extra_specs") or {}) - set(wanted.get("extra_specs") or {}):
            cloud.compute.delete(f"/flavors/{node.physical_id}/os-extra_specs/{key}")
        self.furnish(cloud, node, wanted)

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.compute.delete(f"/flavors/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = cloud.compute.get(f"/flavors/{node.physical_id}")["flavor"]
        specs = cloud.compute.get(f"/flavors/{node.physical_id}/os-extra_specs")["extra_specs"]
        public = found.get("os-flavor-access:is_public")
        return {"is_public": public, "extra_specs": specs, "show": found}


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
