"""A small volume service in memory, behind the adapter that compute's client calls.

It behaves: a volume is attached once, its status follows, an unknown id is not found, another
project's volume is not shown to a caller with a token.
"""

import copy
import uuid
from typing import Any

from keystoneauth1 import exceptions

from tests.support.neighbours import Adapter, Answer


class Volumes:
    """status_of_new: what volumes begin with; `creating` lets a test finish them.

    refusal: why attachments and new volumes are refused, when set.
    """

    def __init__(self) -> None:
        self.volumes: dict[str, dict[str, Any]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.attachments: dict[str, dict[str, Any]] = {}
        self.told: list[tuple[str, str, Any]] = []
        self.status_of_new = "available"
        self.refusal = ""

    def add(self, project: str, **values: Any) -> str:
        """Keep a volume and return its id."""
        volume_id = values.pop("id", None) or str(uuid.uuid4())
        self.volumes[volume_id] = {
            "id": volume_id,
            "name": "",
            "status": "available",
            "size": 1,
            "bootable": "false",
            "multiattach": False,
            "project": project,
            "availability_zone": "nova",
            "created_at": "2026-01-02T03:04:05.000000",
            "description": None,
            "volume_type": "standard",
            "snapshot_id": None,
            "metadata": {},
            "attachments": [],
            **values,
        }
        return volume_id

    def of(self, server_id: str) -> list[dict[str, Any]]:
        """Return the attachments of a server."""
        return [one for one in self.attachments.values() if one["instance"] == server_id]

    def answer(self, method: str, words: list[str], project: str | None, body: Any) -> Answer:
        """Answer one request; project: the caller's, None for a service."""
        if words and words[0] not in ("volumes", "attachments", "snapshots"):
            project, words = words[0], words[1:]
        handler = getattr(self, f"_{method.lower()}_{words[0]}")
        found: Answer = handler(words[1:], project, body or {})
        return found

    def _get_volumes(self, rest: list[str], project: str | None, body: Any) -> Answer:
        if rest == ["detail"]:
            mine = [one for one in self.volumes.values() if project in (None, one["project"])]
            return Answer(200, {"volumes": mine})
        volume = self.volumes.get(rest[0])
        if volume is None or project not in (None, volume["project"]):
            return _missing(rest[0])
        return Answer(200, {"volume": copy.deepcopy(volume)})

    def _post_volumes(self, rest: list[str], project: str | None, body: Any) -> Answer:
        if rest[1:] == ["action"]:
            return self._act(rest[0], body)
        if self.refusal:
            return Answer(413, {"overLimit": {"message": self.refusal}})
        wanted = body["volume"]
        if wanted.get("id") not in self.volumes:
            facts = {"status": self.status_of_new, **wanted}
            facts["bootable"] = "true" if wanted.get("imageRef") else "false"
            wanted["id"] = self.add(str(project), **facts)
        return Answer(202, {"volume": self.volumes[wanted["id"]]})

    def _delete_volumes(self, rest: list[str], project: str | None, body: Any) -> Answer:
        volume = self.volumes.get(rest[0])
        if volume is None:
            return _missing(rest[0])
        if volume["status"] not in ("available", "error"):
            return _bad(f"its status is {volume['status']}")
        del self.volumes[rest[0]]
        return Answer(202)

    def _act(self, volume_id: str, body: dict[str, Any]) -> Answer:
        name, given = next(iter(body.items()))
        self.told.append((volume_id, name, given))
        volume = self.volumes.get(volume_id)
        if volume is None:
            return _missing(volume_id)
        if name == "os-begin_detaching":
            if volume["status"] != "in-use":
                return _bad(f"its status is {volume['status']}")
            volume["status"] = "detaching"
        elif name == "os-roll_detaching":
            volume["status"] = "in-use"
        elif name == "os-migrate_volume_completion":
            self._moved(volume, given["new_volume"], failed=given["error"])
        elif name == "os-reimage":
            if volume["status"] == "downloading":
                return _bad("its status is downloading")
            volume["status"] = "downloading"
        return Answer(202)

    def _moved(self, volume: dict[str, Any], new_id: str, *, failed: bool) -> None:
        """Let a volume take over its replacement's attachments, and that one go."""
        volume["migration_status"] = "error" if failed else "success"
        new = self.volumes.get(new_id)
        if failed or new is None or new.get("migration_status") != f"target:{volume['id']}":
            return
        del self.volumes[new_id]
        volume["kept"] = "raw"
        for one in self.attachments.values():
            if one["volume_id"] == new_id:
                one["volume_id"] = volume["id"]

    def _get_snapshots(self, rest: list[str], project: str | None, body: Any) -> Answer:
        if rest == ["detail"]:
            return Answer(200, {"snapshots": list(self.snapshots.values())})
        found = self.snapshots.get(rest[0])
        return Answer(200, {"snapshot": found}) if found else _missing(rest[0])

    def _post_snapshots(self, rest: list[str], project: str | None, body: Any) -> Answer:
        if not rest:
            return self._snapshot(str(project), body["snapshot"])
        name, given = next(iter(body.items()))
        self.told.append((rest[0], name, given))
        return Answer(202)

    def _snapshot(self, project: str, wanted: dict[str, Any]) -> Answer:
        volume = self.volumes.get(wanted["volume_id"])
        if volume is None:
            return _missing(wanted["volume_id"])
        if self.refusal:
            return Answer(413, {"overLimit": {"message": self.refusal}})
        facts = {"size": volume["size"], "status": "available", "project": project}
        made = self.snapshots.setdefault(wanted["id"], {**facts, **wanted})
        return Answer(202, {"snapshot": made})

    def _delete_snapshots(self, rest: list[str], project: str | None, body: Any) -> Answer:
        return Answer(202) if self.snapshots.pop(rest[0], None) else _missing(rest[0])

    def _get_attachments(self, rest: list[str], project: str | None, body: Any) -> Answer:
        return Answer(200, {"attachments": list(self.attachments.values())})

    def _post_attachments(self, rest: list[str], project: str | None, body: Any) -> Answer:
        if rest[1:] == ["action"]:
            attachment = self.attachments.get(rest[0])
            if attachment is None:
                return _missing(rest[0])
            self.volumes[attachment["volume_id"]]["status"] = "in-use"
            return Answer(204)
        wanted = body["attachment"]
        volume = self.volumes.get(wanted["volume_uuid"])
        if volume is None:
            return _missing(wanted["volume_uuid"])
        if self.refusal or (volume["status"] != "available" and not volume["multiattach"]):
            return _bad(self.refusal or f"its status is {volume['status']}")
        volume["status"] = "attaching"
        made = {
            "id": str(uuid.uuid4()),
            "instance": wanted["instance_uuid"],
            "volume_id": volume["id"],
            "connection_info": _connection(volume),
        }
        self.attachments[made["id"]] = made
        return Answer(200, {"attachment": made})

    def _put_attachments(self, rest: list[str], project: str | None, body: Any) -> Answer:
        found = self.attachments.get(rest[0])
        if found is None:
            return _missing(rest[0])
        found["connection_info"] = _connection(self.volumes[found["volume_id"]])
        return Answer(200, {"attachment": found})

    def _delete_attachments(self, rest: list[str], project: str | None, body: Any) -> Answer:
        found = self.attachments.pop(rest[0], None)
        if found is None:
            return _missing(rest[0])
        volume = self.volumes[found["volume_id"]]
        left = [one for one in self.attachments.values() if one["volume_id"] == volume["id"]]
        volume["status"] = "in-use" if left else "available"
        return Answer(200, {"attachments": left})


class VolumesAdapter(Adapter):
    """Hands requests to a volume service in memory: its paths have no version before them."""

    def request(self, path: str, method: str, **options: Any) -> Answer:
        self.before(method, path)
        if self.silent:
            raise exceptions.ConnectFailure("down")
        token = options.get("headers", {}).get("X-Auth-Token")
        project = self.project_of(token) if token else None
        with self._lock:
            self.calls.append((method, path))
            words = path.strip("/").split("/")
            found: Answer = self.service.answer(method, words, project, options.get("json"))
            if method == "GET" and words == ["attachments", "detail"]:
                return _page(found, dict(options["params"]))
            if method == "GET" and words == ["attachments"]:
                wanted = dict(options.get("params") or {})
                rows = [
                    one
                    for one in found.json()["attachments"]
                    if one["instance"] == wanted["instance_id"]
                    and one["volume_id"] == wanted["volume_id"]
                ]
                return Answer(200, {"attachments": rows})
            return found


def _connection(volume: dict[str, Any]) -> dict[str, Any]:
    return {
        "driver_volume_type": "file",
        "volume_id": volume["id"],
        "device_path": f"/pool/volumes/{volume['id']}",
        "format": volume.get("kept", "qcow2"),
        "access_mode": "rw",
        "size": volume["size"],
        "encrypted": False,
    }


def _page(found: Answer, wanted: dict[str, str]) -> Answer:
    """Return the page of a list that was asked for; the marker has to be there."""
    rows = sorted(found.json()["attachments"], key=lambda row: row["id"])
    ids = [row["id"] for row in rows]
    marker = wanted.get("marker")
    if marker is not None and marker not in ids:
        return _bad(f"marker {marker} is not there")
    start = ids.index(marker) + 1 if marker else 0
    return Answer(200, {"attachments": rows[start : start + int(wanted["limit"])]})


def _missing(one: str) -> Answer:
    return Answer(404, {"itemNotFound": {"message": f"{one} could not be found."}})


def _bad(reason: str) -> Answer:
    return Answer(400, {"badRequest": {"message": f"Invalid volume: {reason}"}})
