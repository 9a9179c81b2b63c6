"""A cloud in memory with the network and compute calls that stacks make."""

import itertools
import threading
import uuid
from typing import Any

from orchestration.clients import CloudRefused, CloudUnreachable


class FakeService:
    """Collections of rows behind the paths that real services have.

    down: calls fail as if the service did not answer.  refuse: noun to the sentence it is
    refused with.  calls: (method, path) of everything that was asked.
    """

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.down = 0
        self.refuse: dict[str, str] = {}
        self.calls: list[tuple[str, str]] = []
        self.lock = threading.RLock()
        self.number = itertools.count(1)

    def add(self, collection: str, **row: Any) -> dict[str, Any]:
        """Put a row in, as if it had always been there."""
        row.setdefault("id", str(uuid.uuid4()))
        self.rows.setdefault(collection, {})[row["id"]] = row
        return row

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        collection, key, part = self._enter("GET", path)
        if part == "os-interface":
            ports = self.rows.get("ports", {}).values()
            return {
                "interfaceAttachments": [
                    {"port_id": port["id"], "net_id": port["network_id"], "fixed_ips": []}
                    for port in ports
                    if port.get("device_id") == key
                ]
            }
        rows = self.rows.get(collection, {})
        if key and key != "detail":
            return {_noun(collection): self._row(collection, key)}
        wanted = {name: value for name, value in params.items() if name != "fields"}
        if str(wanted.get("name", "")).startswith("^"):
            wanted["name"] = wanted["name"][1:-1].replace("\\", "")
        found = [row for row in rows.values() if all(row.get(k) == v for k, v in wanted.items())]
        return {collection.replace("-", "_"): found}

    def find(self, path: str, **params: Any) -> dict[str, Any] | None:
        try:
            return self.get(path, **params)
        except CloudRefused:
            return None

    def post(
        self, path: str, body: dict[str, Any], microversion: str | None = None
    ) -> dict[str, Any]:
        collection, key, part = self._enter("POST", path)
        if part:
            self._done(self._row(collection, key), part, body)
            return {}
        noun, wanted = next(iter(body.items()))
        if noun in self.refuse:
            raise CloudRefused(service="fake", reason=self.refuse[noun], status_code=400)
        with self.lock:
            row = self.made(collection, dict(wanted))
            self.add(collection, **row)
        return {noun: row}

    def _done(self, row: dict[str, Any], part: str, body: dict[str, Any]) -> None:
        """Carry out what is asked of one row: a server's action, or a port for it."""
        noun = next(iter(body))
        if noun in self.refuse:
            raise CloudRefused(service="fake", reason=self.refuse[noun], status_code=400)
        row.setdefault(part, []).append(body)
        if "resize" in body:
            row["flavor"] = {"id": body["resize"]["flavorRef"]}
        if part == "os-interface":
            asked = body["interfaceAttachment"]
            port = self.rows["ports"][asked["port_id"]]
            port["device_id"] = row["id"]

    def made(self, collection: str, row: dict[str, Any]) -> dict[str, Any]:
        """Return what a service adds to a row that it makes."""
        row.setdefault("id", row["name"] if collection == "os-keypairs" else str(uuid.uuid4()))
        row.setdefault("status", "ACTIVE")
        if collection == "floatingips":
            row.setdefault("floating_ip_address", f"203.0.113.{next(self.number)}")
        if collection == "servers":
            row["addresses"] = {"net": [{"addr": "10.0.0.5", "version": 4}]}
            row["flavor"] = {"id": row["flavorRef"]}
            for asked in row.get("networks") or []:
                self._plug(row, asked)
        return row

    def _plug(self, server: dict[str, Any], asked: dict[str, Any]) -> None:
        port = self.rows["ports"].get(asked.get("port", ""))
        if port is not None and port.get("device_id"):
            raise CloudRefused(service="fake", reason="the port is in use", status_code=409)
        if port is not None:
            port["device_id"] = server["id"]

    def put(
        self, path: str, body: dict[str, Any], microversion: str | None = None
    ) -> dict[str, Any]:
        collection, key, action = self._enter("PUT", path)
        row = self._row(collection, key)
        if action:
            legs = row.setdefault("legs", [])
            leg = next(iter(body.values()))
            legs.append(leg) if action.startswith("add") else legs.remove(leg)
            return {}
        noun, wanted = next(iter(body.items()))
        row.update(wanted)
        return {noun: row}

    def delete(self, path: str) -> None:
        collection, key, part = self._enter("DELETE", path)
        if part == "os-interface":
            self.rows["ports"][path.rpartition("/")[2]]["device_id"] = ""
            return
        if collection == "servers":
            for port in self.rows.get("ports", {}).values():
                if port.get("device_id") == key:
                    port["device_id"] = ""
        self.rows.get(collection, {}).pop(key, None)

    def _enter(self, method: str, path: str) -> tuple[str, str, str]:
        with self.lock:
            self.calls.append((method, path))
            if self.down > 0:
                self.down -= 1
                raise CloudUnreachable(service="fake", reason="it is down")
        steps = [step for step in path.split("/") if step and step not in ("v2.0", "v2")]
        return (*steps, "", "", "")[:3]  # type: ignore[return-value]

    def _row(self, collection: str, key: str) -> dict[str, Any]:
        found = self.rows.get(collection, {}).get(key)
        if found is None:
            raise CloudRefused(service="fake", reason=f"{key} not found", status_code=404)
        return found


def _noun(collection: str) -> str:
    return {"os-keypairs": "keypair"}.get(collection, collection.replace("-", "_").rstrip("s"))


class FakeCloud:
    """One service for everything, with a public network, an image and a flavor."""

    def __init__(self) -> None:
        self.network = self.compute = self.image = FakeService()
        self.network.add("networks", name="public")
        self.network.add("images", name="tiny")
        self.network.add("flavors", id="1", name="small")
        self.orchestration = self.identity = self.network

    def names(self, collection: str) -> list[str]:
        """Return the names of what a collection holds."""
        return [row.get("name", "") for row in self.network.rows.get(collection, {}).values()]

    def of(self, trust_id: str) -> "FakeCloud":
        """Return the cloud of a stack's owner: this one."""
        return self

    def forget(self, trust_id: str) -> None:
        return


class FakeTrusts:
    """Trusts in memory.  refusal: what is raised instead of making one."""

    def __init__(self) -> None:
        self.living = set[str]()
        self.refusal: Exception | None = None

    def list(self) -> set[str]:
        return set(self.living)

    def create(self, token: str, user_id: str, project_id: str, roles: tuple[str, ...]) -> str:
        if self.refusal is not None:
            raise self.refusal
        trust_id = uuid.uuid4().hex
        self.living.add(trust_id)
        return trust_id

    def delete(self, trust_id: str) -> None:
        self.living.discard(trust_id)
