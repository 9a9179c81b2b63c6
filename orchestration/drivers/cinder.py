"""OS::Cinder::Volume and VolumeAttachment, and how volumes are kept: types, QoS, quotas."""

from typing import Any

from orchestration.clients import Cloud, CloudRefused
from orchestration.drivers.base import (
    BOOLEAN,
    INTEGER,
    MAP,
    Node,
    Property,
    ResourceType,
    text,
    texts,
)
from orchestration.drivers.nova import image_id
from orchestration.errors import ResourceFailed

MARK = "cumulet:stack_resource"
SERVER = "server"
"""What an attachment remembers: whose it is."""


class Volume(ResourceType):
    """A disk that outlives servers."""

    name = "OS::Cinder::Volume"
    properties = {
        "name": text("Its name.", updatable=True),
        "description": text("What it is for.", updatable=True),
        "size": Property(INTEGER, "GiB; that of its source if not given.", least=1, updatable=True),
        "image": text("What its content is made from, an image by id or name."),
        "snapshot_id": text("What its content is made from, a snapshot."),
        "source_volid": text("What its content is made from, a volume."),
        "volume_type": text("How it is kept, by id or name.", updatable=True),
        "availability_zone": text("Where it is kept."),
        "metadata": Property(MAP, "Keys and values.", default={}, updatable=True),
        "read_only": Property(BOOLEAN, "Whether it cannot be written to.", updatable=True),
        "multiattach": Property(BOOLEAN, "Whether several servers may have it.", default=False),
        "scheduler_hints": Property(MAP, "Hints for its placement."),
    }
    attributes = {
        "availability_zone": "Where it is kept.",
        "size": "GiB.",
        "snapshot_id": "The snapshot it was made from.",
        "created_at": "When it was made.",
        "display_name": "Its name.",
        "display_description": "What it is for.",
        "volume_type": "How it is kept.",
        "metadata": "Keys and values, as text.",
        "metadata_values": "Keys and values.",
        "source_volid": "The volume it was made from.",
        "status": "What it does.",
        "bootable": "Whether servers can boot from it.",
        "encrypted": "Whether it is encrypted.",
        "attachments": "Who uses it, as text.",
        "attachments_list": "Who uses it.",
        "multiattach": "Whether several servers may have it.",
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {
            "name": wanted.get("name") or node.unique_name,
            "metadata": self._metadata(node, wanted),
        }
        plain = ("description", "size", "snapshot_id", "source_volid", "volume_type")
        for key in (*plain, "availability_zone", "multiattach"):
            if wanted.get(key):
                body[key] = wanted[key]
        if wanted.get("image"):
            body["imageRef"] = image_id(cloud, wanted["image"])
        return str(cloud.volume.post("/volumes", {"volume": body})["volume"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        name = wanted.get("name") or node.unique_name
        rows = cloud.volume.get("/volumes/detail", name=name)["volumes"]
        mine = [row for row in rows if row["metadata"].get(MARK) == node.unique_name]
        return str(mine[0]["id"]) if mine else None

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        if wanted.get("read_only") and self._row(cloud, node)["status"] == "available":
            self._act(cloud, node, {"os-update_readonly_flag": {"readonly": True}})

    def ready(self, cloud: Cloud, node: Node) -> bool:
        status = self._row(cloud, node)["status"]
        if status.startswith("error"):
            raise ResourceFailed(reason=f"Went to status {status}: {self._why(cloud, node)}")
        return status in ("available", "in-use")

    def _why(self, cloud: Cloud, node: Node) -> str:
        """Return what the volume service told its owner."""
        try:
            rows = cloud.volume.get("/messages", resource_uuid=node.physical_id)["messages"]
        except CloudRefused:
            rows = []
        return str(rows[0]["user_message"]) if rows else "no reason was given"

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        changed = {key for key in self.properties if old.get(key) != wanted.get(key)}
        path = f"/volumes/{node.physical_id}"
        if changed & {"name", "description"}:
            name = wanted.get("name") or node.unique_name
            body = {"name": name, "description": wanted.get("description")}
            cloud.volume.put(path, {"volume": body})
        if "metadata" in changed:
            cloud.volume.put(f"{path}/metadata", {"metadata": self._metadata(node, wanted)})
        if "volume_type" in changed and wanted.get("volume_type"):
            self._retype(cloud, node, wanted["volume_type"])
        if "read_only" in changed:
            readonly = bool(wanted.get("read_only"))
            self._act(cloud, node, {"os-update_readonly_flag": {"readonly": readonly}})
        if "size" in changed:
            self._resize(cloud, node, wanted)

    def _retype(self, cloud: Cloud, node: Node, kind: str) -> None:
        if self._row(cloud, node)["volume_type"] != kind:
            given = {"new_type": kind, "migration_policy": "never"}
            self._act(cloud, node, {"os-retype": given})

    def _resize(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        size = int(wanted.get("size") or 0)
        present = int(self._row(cloud, node)["size"])
        if size < present:
            raise ResourceFailed(
                reason=f"A volume does not shrink: it has {present} GiB, and {size} is wanted"
            )
        if size > present:
            self._act(cloud, node, {"os-extend": {"new_size": size}})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        found = cloud.volume.find(f"/volumes/{node.physical_id}")
        if found and found["volume"]["status"] != "deleting":
            cloud.volume.delete(f"/volumes/{node.physical_id}?cascade=true")

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.volume.find(f"/volumes/{node.physical_id}")
        if found and found["volume"]["status"] == "error_deleting":
            raise ResourceFailed(reason=f"The volume stays: {self._why(cloud, node)}")
        return found is None

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        found = self._row(cloud, node)
        items = {key: value for key, value in found["metadata"].items() if key != MARK}
        plain = ("availability_zone", "size", "snapshot_id", "created_at", "volume_type")
        more = ("source_volid", "status", "bootable", "encrypted", "multiattach")
        return {
            **{key: found.get(key) for key in (*plain, *more)},
            "display_name": found["name"],
            "display_description": found["description"],
            "metadata": str(items),
            "metadata_values": items,
            "attachments": str(found["attachments"]),
            "attachments_list": found["attachments"],
            "show": found,
        }

    def check_alive(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        status = self._row(cloud, node)["status"]
        if status not in ("available", "in-use"):
            raise ResourceFailed(reason=f"Not healthy: the volume is {status}")

    def snapshot(self, cloud: Cloud, node: Node) -> dict[str, Any]:
        body = {"volume_id": node.physical_id, "force": True}
        made = cloud.volume.post("/snapshots", {"snapshot": body})
        return {"snapshot": made["snapshot"]["id"]}

    def snapshot_ready(self, cloud: Cloud, node: Node, kept: Any) -> bool:
        found = cloud.volume.find(f"/snapshots/{kept['snapshot']}")
        status = found["snapshot"]["status"] if found else "gone"
        if status not in ("creating", "available"):
            raise ResourceFailed(reason=f"The volume's snapshot is {status}")
        return bool(status == "available")

    def drop_snapshot(self, cloud: Cloud, kept: Any) -> None:
        if kept.get("snapshot"):
            cloud.volume.delete(f"/snapshots/{kept['snapshot']}")

    def _row(self, cloud: Cloud, node: Node) -> dict[str, Any]:
        found: dict[str, Any] = cloud.volume.get(f"/volumes/{node.physical_id}")["volume"]
        return found

    def _act(self, cloud: Cloud, node: Node, body: dict[str, Any]) -> None:
        path = f"/volumes/{node.physical_id}/action"
        cloud.volume.post(path, body, microversion="3.42")

    def _metadata(self, node: Node, wanted: dict[str, Any]) -> dict[str, str]:
        given = wanted.get("metadata") or {}
        return {MARK: node.unique_name} | {key: str(value) for key, value in given.items()}


class VolumeAttachment(ResourceType):
    """That a server has a volume."""

    name = "OS::Cinder::VolumeAttachment"
    properties = {
        "instance_uuid": text("The server.", required=True),
        "volume_id": text("The volume.", required=True),
        "mountpoint": text("What it is to be called in the guest; the next free name if empty."),
    }
    attributes: dict[str, str] = {}

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        server_id, volume_id = wanted["instance_uuid"], wanted["volume_id"]
        node.home.remember(node, **{SERVER: server_id})
        body = {"volumeId": volume_id}
        if wanted.get("mountpoint"):
            body["device"] = wanted["mountpoint"]
        path = f"/servers/{server_id}/os-volume_attachments"
        cloud.compute.post(path, {"volumeAttachment": body}, microversion="2.60")
        return str(volume_id)

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        path = f"/servers/{wanted['instance_uuid']}/os-volume_attachments/{wanted['volume_id']}"
        return str(wanted["volume_id"]) if cloud.compute.find(path) else None

    def ready(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.volume.get(f"/volumes/{node.physical_id}")["volume"]
        servers = [one["server_id"] for one in found["attachments"]]
        if found["status"] == "in-use" and node.home.data(node.id).get(SERVER) in servers:
            return True
        if found["status"] in ("available", "error"):
            raise ResourceFailed(
                reason=f"The volume was not attached: it is {found['status']} again; the server's "
                "event list says why"
            )
        return False

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        path = f"/servers/{wanted['instance_uuid']}/os-volume_attachments/{node.physical_id}"
        if cloud.compute.find(path):
            cloud.compute.delete(path)

    def gone(self, cloud: Cloud, node: Node) -> bool:
        found = cloud.volume.find(f"/volumes/{node.physical_id}")
        if found is None:
            return True
        servers = [one["server_id"] for one in found["volume"]["attachments"]]
        return node.home.data(node.id).get(SERVER) not in servers


class VolumeType(ResourceType):
    """How volumes are kept; making one is an administrator's right."""

    name = "OS::Cinder::VolumeType"
    properties = {
        "name": text("Its name.", required=True, updatable=True),
        "metadata": Property(MAP, "Its extra specs.", updatable=True),
        "is_public": Property(BOOLEAN, "Whether everybody may use it.", default=True),
        "description": text("What it is for.", updatable=True),
        "projects": texts("Who may use it, where not everybody may.", updatable=True),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {
            "name": wanted["name"],
            "description": wanted.get("description"),
            "os-volume-type-access:is_public": wanted["is_public"],
            "extra_specs": {
                key: str(value) for key, value in (wanted.get("metadata") or {}).items()
            },
        }
        return str(cloud.volume.post("/types", {"volume_type": body})["volume_type"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        rows = cloud.volume.get("/types", is_public="None")["volume_types"]
        mine = [row for row in rows if row["name"] == wanted["name"]]
        return str(mine[0]["id"]) if mine else None

    def furnish(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        self._share(cloud, node, set(), set(wanted.get("projects") or ()))

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        path = f"/types/{node.physical_id}"
        if any(old.get(key) != wanted.get(key) for key in ("name", "description")):
            body = {"name": wanted["name"], "description": wanted.get("description")}
            cloud.volume.put(path, {"volume_type": body})
        specs, before = wanted.get("metadata") or {}, old.get("metadata") or {}
        for key in set(before) - set(specs):
            cloud.volume.delete(f"{path}/extra_specs/{key}")
        if specs != before and specs:
            given = {key: str(value) for key, value in specs.items()}
            cloud.volume.post(f"{path}/extra_specs", {"extra_specs": given})
        projects = set(old.get("projects") or ()), set(wanted.get("projects") or ())
        self._share(cloud, node, *projects)

    def _share(self, cloud: Cloud, node: Node, before: set[str], after: set[str]) -> None:
        path = f"/types/{node.physical_id}/action"
        for action, projects in (
            ("addProjectAccess", after - before),
            ("removeProjectAccess", before - after),
        ):
            for project in sorted(projects):
                cloud.volume.post(path, {action: {"project": project}})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.volume.delete(f"/types/{node.physical_id}")

    def show(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> dict[str, Any]:
        return {"show": cloud.volume.get(f"/types/{node.physical_id}")["volume_type"]}


class QosSpecs(ResourceType):
    """Limits that volume types may share."""

    name = "OS::Cinder::QoSSpecs"
    properties = {
        "name": text("Its name."),
        "specs": Property(MAP, "The limits.", required=True, updatable=True),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        body = {"name": wanted.get("name") or node.unique_name, **_texts(wanted["specs"])}
        return str(cloud.volume.post("/qos-specs", {"qos_specs": body})["qos_specs"]["id"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        name = wanted.get("name") or node.unique_name
        rows = cloud.volume.get("/qos-specs")["qos_specs"]
        mine = [row for row in rows if row["name"] == name]
        return str(mine[0]["id"]) if mine else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        path = f"/qos-specs/{node.physical_id}"
        present = cloud.volume.get(path)["qos_specs"]["specs"]
        keys = sorted((set(old["specs"]) - set(wanted["specs"])) & set(present))
        if keys:
            cloud.volume.put(f"{path}/delete_keys", {"keys": keys})
        cloud.volume.put(path, {"qos_specs": _texts(wanted["specs"])})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.volume.delete(f"/qos-specs/{node.physical_id}?force=true")


class QosAssociation(ResourceType):
    """Which volume types have some limits."""

    name = "OS::Cinder::QoSAssociation"
    properties = {
        "qos_specs": text("The limits, by id.", required=True),
        "volume_types": texts("The types, by id.", required=True, updatable=True),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        self._change(cloud, wanted["qos_specs"], "associate", set(wanted["volume_types"]))
        return node.unique_name

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        before, after = set(old["volume_types"]), set(wanted["volume_types"])
        self._change(cloud, wanted["qos_specs"], "disassociate", before - after)
        self._change(cloud, wanted["qos_specs"], "associate", after - before)

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        if cloud.volume.find(f"/qos-specs/{wanted['qos_specs']}"):
            self._change(cloud, wanted["qos_specs"], "disassociate", set(wanted["volume_types"]))

    def _change(self, cloud: Cloud, qos_id: str, verb: str, types: set[str]) -> None:
        for one in sorted(types):
            try:
                cloud.volume.get(f"/qos-specs/{qos_id}/{verb}", vol_type_id=one)
            except CloudRefused as error:
                if verb == "associate" or error.facts["status_code"] != 404:
                    raise


class Quota(ResourceType):
    """What a project may have of volumes; setting it is an administrator's right."""

    name = "OS::Cinder::Quota"
    properties = {
        "project": text("The project, by id.", required=True),
        "gigabytes": Property(INTEGER, "GiB of volumes and snapshots.", least=-1, updatable=True),
        "volumes": Property(INTEGER, "Volumes.", least=-1, updatable=True),
        "snapshots": Property(INTEGER, "Snapshots.", least=-1, updatable=True),
        "backups": Property(INTEGER, "Backups.", least=-1, updatable=True),
        "backup_gigabytes": Property(INTEGER, "GiB of backups.", least=-1, updatable=True),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        self._set(cloud, wanted)
        return node.unique_name

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        self._set(cloud, wanted)

    def _set(self, cloud: Cloud, wanted: dict[str, Any]) -> None:
        limits = {key: wanted[key] for key in self.properties if key in wanted and key != "project"}
        cloud.volume.put(f"/os-quota-sets/{wanted['project']}", {"quota_set": limits})

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        cloud.volume.delete(f"/os-quota-sets/{wanted['project']}")


class EncryptedVolumeType(ResourceType):
    """How volumes of a type are encrypted."""

    name = "OS::Cinder::EncryptedVolumeType"
    properties = {
        "volume_type": text("The type, by id.", required=True),
        "provider": text("What encrypts.", required=True, updatable=True),
        "control_location": text(
            "Where it encrypts.",
            default="front-end",
            allowed=("front-end", "back-end"),
            updatable=True,
        ),
        "cipher": text("The cipher and its mode.", updatable=True),
        "key_size": Property(INTEGER, "Bits of the key.", updatable=True),
    }

    def create(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str:
        path = f"/types/{wanted['volume_type']}/encryption"
        cloud.volume.post(path, {"encryption": self._body(wanted)})
        return str(wanted["volume_type"])

    def find(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> str | None:
        found = cloud.volume.find(f"/types/{wanted['volume_type']}/encryption")
        return str(wanted["volume_type"]) if found else None

    def update(self, cloud: Cloud, node: Node, old: dict[str, Any], wanted: dict[str, Any]) -> None:
        path = f"/types/{wanted['volume_type']}/encryption"
        found = cloud.volume.get(path)
        cloud.volume.put(f"{path}/{found['encryption_id']}", {"encryption": self._body(wanted)})

    def _body(self, wanted: dict[str, Any]) -> dict[str, Any]:
        names = ("provider", "control_location", "cipher", "key_size")
        return {key: wanted[key] for key in names if key in wanted}

    def delete(self, cloud: Cloud, node: Node, wanted: dict[str, Any]) -> None:
        path = f"/types/{wanted['volume_type']}/encryption"
        found = cloud.volume.find(path)
        if found and found.get("encryption_id"):
            cloud.volume.delete(f"{path}/{found['encryption_id']}")


def _texts(given: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in given.items()}
