"""Small image and network services in memory, behind the adapter that compute's clients call.

They behave: ports hold addresses, names and owners, a taken address is refused, an unknown id is
not found, another project's rows are not shown to a caller with a token.
"""

import hashlib
import ipaddress
import json
import threading
import uuid
from collections.abc import Callable
from typing import Any

from keystoneauth1 import exceptions

SHAPING = ("fields", "sort_key")


class Answer:
    """What requests.Response offers, as far as the clients look."""

    def __init__(self, status: int, body: Any = None) -> None:
        self.status_code = status
        self.content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        self.text = self.content.decode(errors="replace")

    def json(self) -> Any:
        return json.loads(self.content)

    def iter_content(self, size: int) -> list[bytes]:
        return [self.content[n : n + size] for n in range(0, len(self.content), size)]

    def close(self) -> None:
        pass


class Adapter:
    """Hands requests to a service in memory, and counts them.

    silent: answer nothing, as a service that is down.  before: called ahead of each request.
    """

    def __init__(self, service: Any, project_of: Callable[[str], str]) -> None:
        self.service = service
        self.project_of = project_of
        self.calls: list[tuple[str, str]] = []
        self.silent = False
        self.before: Callable[[str, str], None] = lambda method, path: None
        self._lock = threading.RLock()

    def request(self, path: str, method: str, **options: Any) -> Answer:
        self.before(method, path)
        if self.silent:
            raise exceptions.ConnectFailure("down")
        token = options.get("headers", {}).get("X-Auth-Token")
        project = self.project_of(token) if token else None
        with self._lock:
            self.calls.append((method, path))
            _, noun, *rest = path.lstrip("/").split("/")
            handler = getattr(self.service, f"{method.lower()}_{noun.replace('-', '_')}")
            data = options.get("data")
            body = options.get("json") if data is None else b"".join(data)
            answer: Answer = handler(rest, project, body, list(options.get("params") or ()))
            return answer

    def get_endpoint(self) -> str:
        return "http://127.0.0.1:9"


class Images:
    """Images and their bytes.  refusal: the status that new ones are refused with, when set."""

    def __init__(self) -> None:
        self.refusal = 0
        self.images: dict[str, dict[str, Any]] = {}
        self.data: dict[str, bytes] = {}

    def add(self, data: bytes = b"bytes", **values: Any) -> str:
        """Keep an image and return its id."""
        image_id = str(uuid.uuid4())
        self.data[image_id] = data
        self.images[image_id] = {
            "id": image_id,
            "name": "cirros",
            "status": "active",
            "visibility": "public",
            "disk_format": "raw",
            "container_format": "bare",
            "os_hash_algo": "sha512",
            "os_hash_value": hashlib.sha512(data).hexdigest(),
            "size": len(data),
            "virtual_size": None,
            "min_disk": 0,
            "min_ram": 0,
            "created_at": "2026-01-02T03:04:05Z",
            "updated_at": "2026-01-02T03:04:05Z",
            **values,
        }
        return image_id

    def patch_images(self, rest: list[str], project: str | None, body: Any, params: Any) -> Answer:
        image = self.images[rest[0]]
        for change in body:
            key = change["path"].removeprefix("/")
            if (change["op"] == "add") is (key in image):
                return Answer(409, {"message": f"{key} is there, or is not"})
            if change["op"] == "remove":
                del image[key]
            else:
                image[key] = change["value"]
        return Answer(200, image)

    def get_images(self, rest: list[str], project: str | None, body: Any, params: Any) -> Answer:
        if not rest:
            wanted = {key: value for key, value in params if key not in ("sort", "limit", "marker")}
            found = [
                image
                for image in reversed(self.images.values())
                if all(image.get(key) == value for key, value in wanted.items())
            ]
            return Answer(200, {"images": found})
        image = self.images.get(rest[0])
        if image is None:
            return Answer(404, {"message": "no such image"})
        return Answer(200, self.data[rest[0]] if rest[1:] == ["file"] else image)

    def post_images(self, rest: list[str], project: str | None, body: Any, params: Any) -> Answer:
        if self.refusal:
            return Answer(self.refusal, {"message": "no more images"})
        self.images[body["id"]] = {"status": "queued", "owner": project, "size": None, **body}
        return Answer(201, self.images[body["id"]])

    def put_images(self, rest: list[str], project: str | None, body: Any, params: Any) -> Answer:
        image = self.images.get(rest[0])
        if image is None:
            return Answer(404, {"message": "no such image"})
        if image["status"] != "queued":
            return Answer(409, {"message": "not queued"})
        self.data[rest[0]] = body
        facts = {"os_hash_value": hashlib.sha512(body).hexdigest(), "os_hash_algo": "sha512"}
        image.update(status="active", size=len(body), **facts)
        return Answer(204)

    def delete_images(self, rest: list[str], project: str | None, body: Any, params: Any) -> Answer:
        if self.images.pop(rest[0], None) is None:
            return Answer(404, {"message": "no such image"})
        return Answer(204)


class Network:
    """Networks with one subnet each, ports, groups and floating addresses."""

    def __init__(self) -> None:
        self.networks: dict[str, dict[str, Any]] = {}
        self.subnets: dict[str, dict[str, Any]] = {}
        self.ports: dict[str, dict[str, Any]] = {}
        self.floating: list[dict[str, Any]] = []
        self.groups: dict[str, dict[str, Any]] = {}

    def add(self, project: str, name: str = "private", cidr: str = "10.0.0.0/24") -> str:
        """Keep a network with a subnet and return its id."""
        network_id, subnet_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.networks[network_id] = {
            "id": network_id,
            "name": name,
            "project_id": project,
            "shared": False,
            "mtu": 1442,
            "subnets": [subnet_id],
        }
        self.subnets[subnet_id] = {
            "id": subnet_id,
            "network_id": network_id,
            "cidr": cidr,
            "gateway_ip": str(ipaddress.ip_network(cidr)[1]),
            "dns_nameservers": ["9.9.9.9"],
            "host_routes": [],
        }
        return network_id

    def add_pool(self, name: str) -> str:
        """Keep a network that floating addresses come from and return its id."""
        network_id = str(uuid.uuid4())
        self.networks[network_id] = {
            "id": network_id,
            "name": name,
            "project_id": "",
            "shared": True,
            "router:external": True,
            "mtu": 1442,
            "subnets": [],
        }
        return network_id

    def add_port(self, network_id: str, project: str) -> str:
        """Keep a port of a user's own and return its id."""
        return str(self._port({"network_id": network_id, "project_id": project})["id"])

    def add_group(self, project: str, name: str) -> str:
        """Keep a security group and return its id."""
        group_id = str(uuid.uuid4())
        self.groups[group_id] = {
            "id": group_id,
            "name": name,
            "description": "",
            "project_id": project,
            "security_group_rules": [],
        }
        return group_id

    def of(self, server_id: str) -> list[dict[str, Any]]:
        """Return the ports that carry a server's id."""
        return [port for port in self.ports.values() if port["device_id"] == server_id]

    def _shown(
        self, rows: dict[str, dict[str, Any]], project: str | None, params: list[tuple[str, str]]
    ) -> list[dict[str, Any]]:
        wanted: dict[str, set[str]] = {}
        for key, value in params:
            wanted.setdefault(key, set()).add(value)
        return [
            row
            for row in rows.values()
            if (project is None or row["project_id"] == project or row.get("shared"))
            and all(row.get(key) in values for key, values in wanted.items())
        ]

    def get_networks(self, rest: Any, project: str | None, body: Any, params: Any) -> Answer:
        return Answer(200, {"networks": self._shown(self.networks, project, params)})

    def get_security_groups(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        if not rest:
            return Answer(200, {"security_groups": self._shown(self.groups, project, params)})
        group = self.groups.get(rest[0])
        if group is None or project not in (None, group["project_id"]):
            return _missing(rest[0])
        return Answer(200, {"security_group": group})

    def post_security_groups(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        group = self.groups[self.add_group(project, "")]
        group.update(body["security_group"])
        return Answer(201, {"security_group": group})

    def put_security_groups(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        found = self.get_security_groups(rest, project, body, params)
        if found.status_code == 200:
            self.groups[rest[0]].update(body["security_group"])
            return Answer(200, {"security_group": self.groups[rest[0]]})
        return found

    def delete_security_groups(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        found = self.get_security_groups(rest, project, body, params)
        if found.status_code != 200:
            return found
        if self.groups[rest[0]]["name"] == "default":
            fault = {"type": "SecurityGroupCannotRemoveDefault", "message": "no", "detail": ""}
            return Answer(409, {"NeutronError": fault})
        del self.groups[rest[0]]
        return Answer(204)

    def post_security_group_rules(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        rule = {"id": str(uuid.uuid4()), **body["security_group_rule"]}
        group = self.groups.get(rule["security_group_id"])
        if group is None:
            return _missing(rule["security_group_id"])
        group["security_group_rules"].append(rule)
        return Answer(201, {"security_group_rule": rule})

    def delete_security_group_rules(
        self, rest: list[str], project: Any, body: Any, params: Any
    ) -> Answer:
        for group in self.groups.values():
            for rule in group["security_group_rules"]:
                if rule["id"] == rest[0]:
                    group["security_group_rules"].remove(rule)
                    return Answer(204)
        return _missing(rest[0])

    def get_subnets(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        return Answer(200, {"subnets": self._shown(self.subnets, None, params)})

    def get_floatingips(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        wanted: dict[str, set[str]] = {}
        for key, value in params:
            wanted.setdefault(key, set()).add(value)
        found = [
            one
            for one in self.floating
            if all(one.get(key) in values for key, values in wanted.items())
        ]
        return Answer(200, {"floatingips": found})

    def post_floatingips(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        made = {
            "id": str(uuid.uuid4()),
            "floating_ip_address": f"172.24.4.{len(self.floating) + 2}",
            "fixed_ip_address": None,
            "port_id": None,
            "project_id": project,
            **body["floatingip"],
        }
        self.floating.append(made)
        return Answer(201, {"floatingip": made})

    def put_floatingips(self, rest: list[str], project: Any, body: Any, params: Any) -> Answer:
        for one in self.floating:
            if one["id"] == rest[0]:
                one.update(body["floatingip"])
                return Answer(200, {"floatingip": one})
        return _missing(rest[0])

    def delete_floatingips(self, rest: list[str], project: Any, body: Any, params: Any) -> Answer:
        self.floating = [one for one in self.floating if one["id"] != rest[0]]
        return Answer(204)

    def get_ports(self, rest: list[str], project: str | None, body: Any, params: Any) -> Answer:
        if not rest:
            return self._ports_page(project, params)
        port = self.ports.get(rest[0])
        if port is None or project not in (None, port["project_id"]):
            return _missing(rest[0])
        return Answer(200, {"port": port})

    def _ports_page(self, project: str | None, params: list[tuple[str, str]]) -> Answer:
        paging = {key: value for key, value in params if key in ("limit", "marker")}
        filters = [pair for pair in params if pair[0] not in ("limit", "marker", *SHAPING)]
        found = self._shown(self.ports, project, filters)
        if dict(params).get("sort_key") == "id":
            found.sort(key=lambda port: str(port["id"]))
        if marker := paging.get("marker"):
            if marker not in self.ports:
                fault = {"type": "HTTPBadRequest", "message": "no such marker", "detail": ""}
                return Answer(400, {"NeutronError": fault})
            found = [port for port in found if port["id"] > marker]
        return Answer(200, {"ports": found[: int(paging.get("limit", len(found)))]})

    def post_ports(self, rest: Any, project: Any, body: Any, params: Any) -> Answer:
        single = "port" in body
        asked = [body["port"]] if single else body["ports"]
        taken = {one["ip_address"] for port in self.ports.values() for one in port["fixed_ips"]}
        for wanted in asked:
            for one in wanted.get("fixed_ips", ()):
                if one["ip_address"] in taken:
                    fault = {"type": "IpAddressAlreadyAllocated", "message": "in use", "detail": ""}
                    return Answer(409, {"NeutronError": fault})
        made = [self._port(wanted) for wanted in asked]
        return Answer(201, {"port": made[0]} if single else {"ports": made})

    def _port(self, wanted: dict[str, Any]) -> dict[str, Any]:
        subnet_id = self.networks[wanted["network_id"]]["subnets"][0]
        subnet = self.subnets[subnet_id]
        taken = {one["ip_address"] for port in self.ports.values() for one in port["fixed_ips"]}
        given = wanted.get("fixed_ips")
        hosts = ipaddress.ip_network(subnet["cidr"]).hosts()
        free = (str(one) for one in hosts if str(one) not in taken | {subnet["gateway_ip"]})
        address = given[0]["ip_address"] if given else next(free)
        port_id = str(uuid.uuid4())
        port = {
            "id": port_id,
            "device_id": "",
            "device_owner": "",
            "status": "ACTIVE",
            "mac_address": f"fa:16:3e:{port_id[:2]}:{port_id[2:4]}:{port_id[4:6]}",
            "security_groups": [],
            **wanted,
            "fixed_ips": [{"subnet_id": subnet_id, "ip_address": address}],
        }
        self.ports[port_id] = port
        return port

    def put_ports(self, rest: list[str], project: Any, body: Any, params: Any) -> Answer:
        if rest[0] not in self.ports:
            return _missing(rest[0])
        self.ports[rest[0]].update(body["port"])
        return Answer(200, {"port": self.ports[rest[0]]})

    def delete_ports(self, rest: list[str], project: Any, body: Any, params: Any) -> Answer:
        if self.ports.pop(rest[0], None) is None:
            return _missing(rest[0])
        return Answer(204)


def _missing(name: str) -> Answer:
    fault = {"type": "PortNotFound", "message": f"Port {name} could not be found.", "detail": ""}
    return Answer(404, {"NeutronError": fault})
