"""Compute answers as its published contract says, at the lowest and the highest microversion and
at five between: every call of the published API is made, and every answer is compared."""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from compute.api.versions import MAXIMUM
from tests.support import published
from tests.support.compute_cloud import Cloud

VERSIONS = ["2.1", "2.25", "2.47", "2.64", "2.79", "2.90", ".".join(map(str, MAXIMUM))]
ADMIN: dict[str, Any] = {"roles": ["admin"]}
ASYNC = frozenset({"addFloatingIp", "removeFloatingIp"})
"""Actions whose status is set in their code, where the contract does not show it: 202."""
NOT_YET = frozenset(
    {
        "/os-console-auth-tokens/{id}",
    }
)
NEVER = "11111111-2222-4333-8444-555555555555"


class Walk:
    """Makes calls at one microversion and keeps what was wrong with the answers."""

    def __init__(self, cloud: Cloud, version: str) -> None:
        self.cloud = cloud
        self.text = version
        major, minor = version.split(".")
        self.version = int(major), int(minor)
        self.wrong: list[str] = []
        self.made: set[tuple[str, str, str | None]] = set()

    def call(self, method: str, path: str, body: Any = None, *, refused: int = 0) -> Any:
        """Make a call as an administrator and return the answer's JSON.

        refused: the status it is refused with; 0: it succeeds.
        """
        action = next(iter(body)) if path.endswith("/action") else None
        operation = published.find(method, path.partition("?")[0], action, self.version)
        assert operation is not None, f"{method} {path} is not published"
        known = operation.known(self.version)
        self.made.add((operation.method, operation.path, operation.action))
        answer = self.cloud.client.simulate_request(
            method,
            f"/v2.1{path.partition('?')[0]}",
            query_string=path.partition("?")[2],
            json=body,
            headers=self.cloud.headers(self.text, **ADMIN),
        )
        found = answer.json if answer.content else None
        name = f"{self.text} {method} {path} {action or ''}"
        if not known:
            gone = {410} if operation.removed else {400, 404}
            if answer.status_code not in gone:
                self.wrong.append(f"{name}: {answer.status_code}, though it is gone")
            return {}
        if refused:
            if answer.status_code != refused:
                self.wrong.append(f"{name}: {answer.status_code}, not {refused}: {answer.text}")
            return {}
        if answer.status_code >= 400:
            self.wrong.append(f"{name}: {answer.status_code}: {answer.text[:300]}")
            return {}
        if action in ASYNC or (method == "PUT" and operation.path.endswith("/tags/{id}")):
            assert answer.status_code in (201, 202, 204), name
            return found or {}
        wrong = published.complaints(operation, self.version, answer.status_code, found)
        wrong = [one for one in wrong if "hosts_not_run" not in one]  # a host is named, not a UUID
        self.wrong.extend(f"{name}: {one}" for one in wrong)
        return found or {}


@pytest.fixture(params=VERSIONS)
def walk(request, cloud: Cloud) -> Iterator[Walk]:
    found = Walk(cloud, request.param)
    yield found
    assert not found.wrong, "\n".join(found.wrong)


def test_servers_and_what_belongs_to_them(walk: Walk):
    cloud = walk.cloud
    wanted: dict[str, Any] = {
        "name": "web",
        "imageRef": cloud.image_id,
        "flavorRef": "1",
        "metadata": {"role": "web"},
        "networks": [{"uuid": cloud.network_id}],
    }
    made = walk.call("POST", "/servers", {"server": wanted})
    server_id = made["server"]["id"]
    cloud.wait(server_id, "ACTIVE")
    one = f"/servers/{server_id}"
    for path in ("/servers", "/servers/detail", one):
        walk.call("GET", path)
    walk.call("GET", "/servers/detail?limit=1")
    walk.call("PUT", one, {"server": {"name": "shop"}})
    walk.call("GET", f"{one}/ips")
    walk.call("GET", f"{one}/ips/private")
    walk.call("GET", f"{one}/metadata")
    walk.call("POST", f"{one}/metadata", {"metadata": {"a": "b"}})
    walk.call("PUT", f"{one}/metadata", {"metadata": {"c": "d"}})
    walk.call("PUT", f"{one}/metadata/c", {"meta": {"c": "e"}})
    walk.call("GET", f"{one}/metadata/c")
    walk.call("DELETE", f"{one}/metadata/c")
    walk.call("PUT", f"{one}/tags", {"tags": ["a"]})
    walk.call("GET", f"{one}/tags")
    walk.call("PUT", f"{one}/tags/a")
    walk.call("GET", f"{one}/tags/a")
    walk.call("DELETE", f"{one}/tags/a")
    walk.call("DELETE", f"{one}/tags")
    asked = walk.call("GET", f"{one}/os-instance-actions")["instanceActions"]
    walk.call("GET", f"{one}/os-instance-actions/{asked[0]['request_id']}")
    ports = walk.call("GET", f"{one}/os-interface")["interfaceAttachments"]
    walk.call("GET", f"{one}/os-interface/{ports[0]['port_id']}")
    walk.call("GET", f"{one}/os-security-groups")
    walk.call("GET", f"{one}/os-server-password")
    walk.call("DELETE", f"{one}/os-server-password")
    walk.call("GET", f"{one}/topology")
    walk.call("GET", f"{one}/diagnostics")
    walk.call("GET", f"{one}/os-volume_attachments")
    walk.call("GET", f"{one}/os-volume_attachments/{NEVER}", refused=404)
    attached = {"volumeAttachment": {"volumeId": NEVER}}
    walk.call("POST", f"{one}/os-volume_attachments", attached, refused=404)
    walk.call("PUT", f"{one}/os-volume_attachments/{NEVER}", attached, refused=404)
    walk.call("DELETE", f"{one}/os-volume_attachments/{NEVER}", refused=404)
    walk.call("GET", f"{one}/shares")
    walk.call("GET", f"{one}/shares/{NEVER}", refused=404)
    walk.call("POST", f"{one}/shares", {"share": {"share_id": NEVER}}, refused=404)
    walk.call("DELETE", f"{one}/shares/{NEVER}", refused=404)
    walk.call("POST", f"{one}/action", {"lock": None})
    walk.call("POST", f"{one}/action", {"unlock": None})
    walk.call("POST", f"{one}/action", {"os-getConsoleOutput": {"length": 5}})
    for action, status in (
        ("pause", "PAUSED"),
        ("unpause", "ACTIVE"),
        ("suspend", "SUSPENDED"),
        ("resume", "ACTIVE"),
        ("os-stop", "SHUTOFF"),
        ("os-start", "ACTIVE"),
    ):
        walk.call("POST", f"{one}/action", {action: None})
        cloud.wait(server_id, status)
    walk.call("POST", f"{one}/action", {"reboot": {"type": "HARD"}})
    cloud.wait(server_id, "ACTIVE")
    walk.call("POST", f"{one}/action", {"rebuild": {"imageRef": cloud.image_id}})
    cloud.wait(server_id, "ACTIVE")
    walk.call("POST", f"{one}/action", {"injectNetworkInfo": None})
    walk.call("POST", f"{one}/action", {"os-resetState": {"state": "error"}})
    walk.call("GET", one)
    walk.call("DELETE", one)
    cloud.gone(server_id)


def test_a_resize_and_what_is_written_down_of_it(walk: Walk):
    cloud = walk.cloud
    large = {"name": "large", "ram": 1024, "vcpus": 1, "disk": 1, "id": "9"}
    walk.call("POST", "/flavors", {"flavor": large})
    server_id = cloud.server()
    one = f"/servers/{server_id}"
    walk.call("POST", f"{one}/action", {"resize": {"flavorRef": "9"}})
    cloud.wait(server_id, "VERIFY_RESIZE")
    walk.call("GET", one)
    walk.call("POST", f"{one}/action", {"revertResize": None})
    cloud.wait(server_id, "ACTIVE")
    walk.call("POST", f"{one}/action", {"resize": {"flavorRef": "9"}})
    cloud.wait(server_id, "VERIFY_RESIZE")
    walk.call("POST", f"{one}/action", {"confirmResize": None})
    cloud.wait(server_id, "ACTIVE")
    found = walk.call("GET", "/os-migrations?migration_type=resize")["migrations"]
    assert [each["status"] for each in found] == ["confirmed", "reverted"]
    walk.call("GET", f"/os-migrations?instance_uuid={server_id}")
    if walk.version >= (2, 59):
        assert "migrations_links" in walk.call("GET", "/os-migrations?limit=1")
    walk.call("GET", f"{one}/migrations")
    walk.call("GET", f"{one}/migrations/1", refused=404)
    walk.call("DELETE", f"{one}/migrations/1", refused=404)
    walk.call("POST", f"{one}/migrations/1/action", {"force_complete": None}, refused=400)


def test_old_names_of_servers(walk: Walk):
    cloud = walk.cloud
    walk.call("GET", "/os-volumes_boot")
    walk.call("GET", "/os-volumes_boot/detail")
    wanted = {"name": "web", "imageRef": cloud.image_id, "flavorRef": "1"}
    if walk.version >= (2, 37):
        wanted["networks"] = "auto"
    made = walk.call("POST", "/os-volumes_boot", {"server": wanted})
    if made:
        one = f"/os-volumes_boot/{made['server']['id']}"
        cloud.wait(made["server"]["id"], "ACTIVE")
        walk.call("GET", one)
        walk.call("PUT", one, {"server": {"name": "shop"}})
        walk.call("DELETE", one)


def test_flavors_and_keys(walk: Walk):
    flavor = {"name": "small", "ram": 256, "vcpus": 1, "disk": 1, "id": "7"}
    private = flavor | {"name": "own", "id": "8", "os-flavor-access:is_public": False}
    walk.call("POST", "/flavors", {"flavor": flavor})
    walk.call("POST", "/flavors", {"flavor": private})
    for path in ("/flavors", "/flavors/detail", "/flavors/7", "/flavors/detail?limit=1"):
        walk.call("GET", path)
    walk.call("PUT", "/flavors/7", {"flavor": {"description": "small"}})
    walk.call("POST", "/flavors/7/os-extra_specs", {"extra_specs": {"hw:cpu_policy": "shared"}})
    walk.call("GET", "/flavors/7/os-extra_specs")
    walk.call("GET", "/flavors/7/os-extra_specs/hw:cpu_policy")
    walk.call("PUT", "/flavors/7/os-extra_specs/hw:cpu_policy", {"hw:cpu_policy": "shared"})
    walk.call("DELETE", "/flavors/7/os-extra_specs/hw:cpu_policy")
    walk.call("POST", "/flavors/8/action", {"addTenantAccess": {"tenant": NEVER}})
    walk.call("GET", "/flavors/8/os-flavor-access")
    walk.call("POST", "/flavors/8/action", {"removeTenantAccess": {"tenant": NEVER}})
    walk.call("DELETE", "/flavors/7")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGDKCX5oX8fJ8Pq9WgWzPC0nmJKNPQoPQ6Kqjy5jXqQK"
    walk.call("POST", "/os-keypairs", {"keypair": {"name": "mine", "public_key": key}})
    walk.call("GET", "/os-keypairs")
    walk.call("GET", "/os-keypairs?limit=1")
    walk.call("GET", "/os-keypairs/mine")
    walk.call("DELETE", "/os-keypairs/mine")


def test_projects(walk: Walk):
    cloud = walk.cloud
    cloud.server()
    walk.call("GET", "/limits")
    walk.call("GET", f"/os-quota-sets/{NEVER}")
    walk.call("GET", f"/os-quota-sets/{NEVER}/defaults")
    walk.call("GET", f"/os-quota-sets/{NEVER}/detail")
    walk.call("PUT", f"/os-quota-sets/{NEVER}", {"quota_set": {"cores": 5}})
    walk.call("DELETE", f"/os-quota-sets/{NEVER}")
    walk.call("GET", "/os-quota-class-sets/default")
    walk.call("PUT", "/os-quota-class-sets/default", {"quota_class_set": {"cores": 5}})
    walk.call("GET", "/os-simple-tenant-usage")
    usages = walk.call("GET", "/os-simple-tenant-usage?detailed=1")["tenant_usages"]
    walk.call("GET", f"/os-simple-tenant-usage/{usages[0]['tenant_id']}")
    rules = {"policy": "affinity"} if walk.version >= (2, 64) else {"policies": ["affinity"]}
    group = walk.call("POST", "/os-server-groups", {"server_group": {"name": "g", **rules}})
    walk.call("GET", "/os-server-groups")
    walk.call("GET", f"/os-server-groups/{group['server_group']['id']}")
    walk.call("DELETE", f"/os-server-groups/{group['server_group']['id']}")


def test_hosts(walk: Walk):
    cloud, version = walk.cloud, walk.version
    cloud.server()
    walk.call("GET", "/os-availability-zone")
    walk.call("GET", "/os-availability-zone/detail")
    walk.call("GET", "/extensions")
    walk.call("GET", "/extensions/os-hosts")
    found = walk.call("GET", "/os-hypervisors")["hypervisors"]
    walk.call("GET", "/os-hypervisors/detail")
    walk.call("GET", "/os-hypervisors/statistics")
    walk.call("GET", f"/os-hypervisors/{found[0]['id']}")
    walk.call("GET", f"/os-hypervisors/{found[0]['id']}/uptime")
    walk.call("GET", "/os-hypervisors/host/search")
    walk.call("GET", "/os-hypervisors/host/servers")
    if version >= (2, 53):
        walk.call("GET", "/os-hypervisors/detail?with_servers=true&limit=1")
    services = walk.call("GET", "/os-services")["services"]
    number = next(one["id"] for one in services if one["binary"] == "nova-compute")
    if version >= (2, 53):
        walk.call("PUT", f"/os-services/{number}", {"status": "disabled", "disabled_reason": "x"})
        walk.call("PUT", f"/os-services/{number}", {"status": "enabled"})
    else:
        who = {"host": "host-1", "binary": "nova-compute"}
        walk.call("PUT", "/os-services/disable-log-reason", who | {"disabled_reason": "x"})
        walk.call("PUT", "/os-services/enable", who)
    walk.call("DELETE", f"/os-services/{number}", refused=409)
    made = walk.call("POST", "/os-aggregates", {"aggregate": {"name": "a"}})["aggregate"]
    one = f"/os-aggregates/{made['id']}"
    walk.call("GET", "/os-aggregates")
    walk.call("GET", one)
    walk.call("PUT", one, {"aggregate": {"name": "b"}})
    walk.call("POST", f"{one}/action", {"add_host": {"host": "host-1"}})
    walk.call("POST", f"{one}/action", {"set_metadata": {"metadata": {"ssd": "true"}}})
    walk.call("POST", f"{one}/images", {"cache": [{"id": cloud.image_id}]})
    walk.call("POST", f"{one}/action", {"remove_host": {"host": "host-1"}})
    walk.call("DELETE", one)
    walk.call("GET", "/os-instance_usage_audit_log")
    walk.call("GET", "/os-instance_usage_audit_log/2024-01-02 03:04:05")
    for path in ("", "/host-1"):
        walk.call("GET", f"/os-hosts{path}")
    walk.call("PUT", "/os-hosts/host-1", {"status": "disable"})
    for verb in ("startup", "shutdown", "reboot"):
        walk.call("GET", f"/os-hosts/host-1/{verb}", refused=501)


def test_what_belongs_to_other_services(walk: Walk):
    cloud = walk.cloud
    server_id = cloud.server()
    one = f"/servers/{server_id}/action"
    image = f"/images/{cloud.image_id}"
    for path in ("/images", "/images/detail", image, f"{image}/metadata"):
        walk.call("GET", path)
    walk.call("POST", f"{image}/metadata", {"metadata": {"a": "b"}})
    walk.call("PUT", f"{image}/metadata", {"metadata": {"a": "b"}})
    walk.call("PUT", f"{image}/metadata/a", {"meta": {"a": "c"}})
    walk.call("GET", f"{image}/metadata/a")
    walk.call("DELETE", f"{image}/metadata/a")
    walk.call("DELETE", image)
    walk.call("GET", "/os-networks")
    walk.call("GET", f"/os-networks/{cloud.network_id}")
    walk.call("GET", "/os-tenant-networks")
    walk.call("GET", f"/os-tenant-networks/{cloud.network_id}")
    cloud.network.add_pool("public")
    walk.call("GET", "/os-floating-ip-pools")
    made = walk.call("POST", "/os-floating-ips", {"pool": "public"}).get("floating_ip", {})
    floating = f"/os-floating-ips/{made.get('id', NEVER)}"
    walk.call("GET", "/os-floating-ips")
    walk.call("GET", floating)
    if walk.version <= (2, 35):
        walk.call("POST", one, {"addFloatingIp": {"address": made["ip"]}})
        walk.call("GET", floating)
        walk.call("POST", one, {"removeFloatingIp": {"address": made["ip"]}})
    walk.call("DELETE", floating)
    group = walk.call("POST", "/os-security-groups", {"security_group": _group("a")})
    group_id = group.get("security_group", {}).get("id", NEVER)
    walk.call("GET", "/os-security-groups")
    walk.call("GET", f"/os-security-groups/{group_id}")
    walk.call("PUT", f"/os-security-groups/{group_id}", {"security_group": _group("b")})
    rule = {"parent_group_id": group_id, "ip_protocol": "tcp", "from_port": 1, "to_port": 2}
    made = walk.call("POST", "/os-security-group-rules", {"security_group_rule": rule})
    rule_id = made.get("security_group_rule", {}).get("id", NEVER)
    walk.call("DELETE", f"/os-security-group-rules/{rule_id}")
    walk.call("DELETE", f"/os-security-groups/{group_id}")
    event = {"name": "network-changed", "server_uuid": server_id}
    walk.call("POST", "/os-server-external-events", {"events": [event]})
    for noun in ("volume", "snapshot"):
        walk.call("GET", f"/os-{noun}s")
        walk.call("GET", f"/os-{noun}s/detail")
        walk.call("GET", f"/os-{noun}s/{NEVER}", refused=404)
        walk.call("DELETE", f"/os-{noun}s/{NEVER}", refused=404)
    walk.call("POST", "/os-volumes", {"volume": {"size": 1}})
    walk.call("POST", "/os-volumes", {"volume": {"size": 0}}, refused=400)
    walk.call("POST", "/os-snapshots", {"snapshot": {"volume_id": NEVER}}, refused=404)
    info = {"snapshot_id": NEVER, "type": "qcow2", "new_file": "a"}
    assisted = {"snapshot": {"volume_id": NEVER, "create_info": info}}
    walk.call("POST", "/os-assisted-volume-snapshots", assisted, refused=404)
    path = f"/os-assisted-volume-snapshots/{NEVER}?delete_info="
    walk.call("DELETE", f"{path}a", refused=400)
    named = urllib.parse.quote(json.dumps({"volume_id": NEVER}))
    walk.call("DELETE", path + named, refused=404)


def _group(name: str) -> dict[str, str]:
    return {"name": name, "description": ""}


def test_what_was_removed_says_so(walk: Walk):
    for operation in published.operations():
        if operation.removed and operation.action is None:
            path = operation.path.replace("{", "").replace("}", "")
            body: Any = {} if operation.method in ("POST", "PUT") else None
            walk.call(operation.method, path, body)


def test_parameters_that_nobody_knows_are_refused_where_the_contract_refuses_them(walk: Walk):
    for operation in published.operations():
        schema = operation.at(operation.queries, walk.version)
        if operation.method != "GET" or schema is None or not operation.known(walk.version):
            continue
        strict = schema.get("additionalProperties") is False
        path = operation.path.replace("{", "").replace("}", "")
        headers = walk.cloud.headers(walk.text, **ADMIN)
        answer = walk.cloud.client.simulate_get(f"/v2.1{path}?bad=1", headers=headers)
        if answer.status_code == 404 and operation.path in NOT_YET:
            continue
        said = "query parameter" in answer.text
        if said != strict:
            walk.wrong.append(f"{walk.text} GET {path}?bad=1: {answer.status_code} {answer.text}")
