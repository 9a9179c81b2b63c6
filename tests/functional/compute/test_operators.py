"""What administrators, other services and guests read."""

import hashlib
import hmac
from typing import Any

from falcon import testing

from common.policy import Policy
from compute import app
from compute.logic.instance_metadata import InstanceMetadata
from tests.support.compute_cloud import Cloud
from tests.support.tokens import PROJECT_ID

ADMIN: dict[str, Any] = {"roles": ["admin"]}


def test_hosts_zones_and_services_are_shown_to_administrators(cloud: Cloud):
    cloud.server()
    assert cloud.get("/os-hypervisors").status_code == 403
    host = cloud.get("/os-hypervisors/detail", **ADMIN).json["hypervisors"][0]
    assert (host["vcpus_used"], host["memory_mb_used"], host["running_vms"]) == (1, 512, 1)
    assert isinstance(host["id"], int)
    newer = cloud.get("/os-hypervisors/detail", "2.88", **ADMIN).json["hypervisors"][0]
    assert "vcpus" not in newer
    assert len(newer["id"]) == 36
    statistics = cloud.get("/os-hypervisors/statistics", **ADMIN).json["hypervisor_statistics"]
    assert statistics["count"] == 1
    binaries = {one["binary"] for one in cloud.get("/os-services", **ADMIN).json["services"]}
    assert binaries == {"nova-compute", "nova-scheduler", "nova-conductor"}
    zones = cloud.get("/os-availability-zone").json["availabilityZoneInfo"]
    assert zones == [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]


def test_a_disabled_host_gets_no_server(cloud: Cloud):
    service = next(
        one
        for one in cloud.get("/os-services", "2.53", **ADMIN).json["services"]
        if one["binary"] == "nova-compute"
    )
    path = f"/os-services/{service['id']}"
    changed = cloud.put(path, {"status": "disabled"}, "2.53", **ADMIN)
    assert changed.json["service"]["status"] == "disabled"
    server_id = cloud.ask().json["server"]["id"]
    assert "1 are disabled" in cloud.wait(server_id, "ERROR")["fault"]["message"]


def placement(cloud: Cloud) -> testing.TestClient:
    policy = Policy(app.RULES)
    wsgi = app.placement_app(policy, cloud.logic, cloud.authority.verifier(), {})
    headers = cloud.headers(**ADMIN) | {"OpenStack-API-Version": "placement 1.39"}
    return testing.TestClient(wsgi, headers=headers)


def test_the_ledger_agrees_with_the_servers(cloud: Cloud):
    server_id = cloud.server()
    client = placement(cloud)
    assert client.simulate_get("/").json["versions"][0]["max_version"] == "1.39"
    provider = client.simulate_get("/resource_providers?name=host-1").json["resource_providers"][0]
    at = f"/resource_providers/{provider['uuid']}"
    usages = client.simulate_get(f"{at}/usages").json["usages"]
    assert usages == {"VCPU": 1, "MEMORY_MB": 512, "DISK_GB": 1}
    held = client.simulate_get(f"/allocations/{server_id}").json
    assert held["project_id"] == PROJECT_ID
    assert "CUSTOM_GUEST_FAKE" in client.simulate_get(f"{at}/traits").json["traits"]
    found = client.simulate_get("/allocation_candidates?resources=VCPU:2").json
    assert len(found["allocation_requests"]) == 1
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    assert client.simulate_get(f"/allocations/{server_id}").json["allocations"] == {}


def test_a_claim_past_what_is_free_or_of_an_old_generation_is_refused(cloud: Cloud):
    client = placement(cloud)
    made = client.simulate_post("/resource_providers", json={"name": "other"}).json
    at = f"/resource_providers/{made['uuid']}"
    inventory = {"resource_provider_generation": 0, "inventories": {"VCPU": {"total": 2}}}
    assert client.simulate_put(f"{at}/inventories", json=inventory).status_code == 200
    old = client.simulate_put(f"{at}/inventories", json=inventory)
    assert old.status_code == 409
    assert old.json["errors"][0]["code"] == "placement.concurrent_update"
    consumer = "11111111-2222-3333-4444-555555555555"
    claim: dict[str, Any] = {
        "allocations": {made["uuid"]: {"resources": {"VCPU": 3}}},
        "project_id": "p",
        "user_id": "u",
        "consumer_generation": None,
        "consumer_type": "INSTANCE",
    }
    assert client.simulate_put(f"/allocations/{consumer}", json=claim).status_code == 409
    claim["allocations"][made["uuid"]]["resources"]["VCPU"] = 2
    assert client.simulate_put(f"/allocations/{consumer}", json=claim).status_code == 204
    assert client.simulate_put(f"/allocations/{consumer}", json=claim).status_code == 409
    assert client.simulate_delete(at).status_code == 409
    assert client.simulate_delete(f"/allocations/{consumer}").status_code == 204
    assert client.simulate_delete(at).status_code == 204


def test_a_guest_reads_about_itself_through_the_proxy_and_nobody_elses(cloud: Cloud):
    server_id = cloud.server(user_data="IyEvYmluL3NoCg==", metadata={"role": "web"})
    metadata = InstanceMetadata(cloud.database, cloud.network_service, "secret")
    client = testing.TestClient(app.metadata_app(metadata, {}))
    signature = hmac.new(b"secret", server_id.encode(), hashlib.sha256).hexdigest()
    headers = {
        "X-Instance-ID": server_id,
        "X-Tenant-ID": PROJECT_ID,
        "X-Instance-ID-Signature": signature,
    }

    def read(path: str) -> testing.Result:
        return client.simulate_get(path, headers=headers)

    found = read("/openstack/latest/meta_data.json").json
    assert (found["uuid"], found["meta"]) == (server_id, {"role": "web"})
    assert read("/openstack/2018-08-27/user_data").text == "#!/bin/sh\n"
    assert read("/latest/meta-data/local-ipv4").text == "10.0.0.2"
    assert "instance-id" in read("/latest/meta-data/").text
    assert read("/latest/user-data").text == "#!/bin/sh\n"
    assert read("/latest/meta-data/nothing").status_code == 404
    path = "/openstack/2013-10-17/password"
    assert read(path).text == ""

    def leave(text: str, to: str = path) -> int:
        return int(client.simulate_post(to, body=text, headers=headers).status_code)

    assert leave("x" * 1021) == 400
    assert leave("c2VjcmV0", to="/openstack/latest/meta_data.json") == 404
    assert leave("c2VjcmV0") == 200
    assert leave("another") == 409
    assert read(path).text == "c2VjcmV0"
    owners = f"/servers/{server_id}/os-server-password"
    assert cloud.get(owners).json == {"password": "c2VjcmV0"}
    assert cloud.delete(owners).status_code == 204
    assert cloud.get(owners).json == {"password": ""}
    assert leave("another") == 200
    headers["X-Tenant-ID"] = "f" * 32
    assert read("/openstack/latest/meta_data.json").status_code == 404
    headers["X-Instance-ID-Signature"] = "0" * 64
    assert read("/openstack/latest/meta_data.json").status_code == 403


def test_server_groups_keep_servers_apart(cloud: Cloud):
    wanted = {"server_group": {"name": "apart", "policy": "anti-affinity"}}
    group = cloud.post("/os-server-groups", wanted, "2.64").json["server_group"]
    body = {
        "server": {"name": "a", "imageRef": cloud.image_id, "flavorRef": "1"},
        "os:scheduler_hints": {"group": group["id"]},
    }
    first = cloud.post("/servers", body).json["server"]["id"]
    cloud.wait(first, "ACTIVE")
    second = cloud.post("/servers", body).json["server"]["id"]
    assert "anti-affinity" in cloud.wait(second, "ERROR")["fault"]["message"]
    shown = cloud.get(f"/os-server-groups/{group['id']}", "2.64").json["server_group"]
    assert set(shown["members"]) == {first, second}


def test_usage_counts_hours_of_servers(cloud: Cloud):
    cloud.server()
    found = cloud.get(f"/os-simple-tenant-usage/{PROJECT_ID}").json["tenant_usage"]
    assert found["server_usages"][0]["vcpus"] == 1
    assert cloud.get("/os-simple-tenant-usage").status_code == 403


def test_the_versions_are_listed_without_a_token(cloud: Cloud):
    found = cloud.client.simulate_get("/").json["versions"]
    assert [one["id"] for one in found] == ["v2.0", "v2.1"]
    assert cloud.client.simulate_get("/v2.1/").json["version"]["min_version"] == "2.1"
    echoed = cloud.get("/servers", "2.26").headers
    assert echoed["X-OpenStack-Nova-API-Version"] == "2.26"
    assert cloud.get("/servers", "2.999").status_code == 406


def test_an_aggregate_makes_a_zone_that_servers_can_ask_for(cloud: Cloud):
    wanted = {"aggregate": {"name": "rack", "availability_zone": "east"}}
    assert cloud.post("/os-aggregates", wanted).status_code == 403
    number = cloud.post("/os-aggregates", wanted, **ADMIN).json["aggregate"]["id"]
    assert cloud.post("/os-aggregates", wanted, **ADMIN).status_code == 409
    path = f"/os-aggregates/{number}"
    add = {"add_host": {"host": "host-1"}}
    assert cloud.post(f"{path}/action", add, **ADMIN).json["aggregate"]["hosts"] == ["host-1"]
    assert cloud.post(f"{path}/action", add, **ADMIN).status_code == 409
    server_id = cloud.server(availability_zone="east")
    assert cloud.shown(server_id)["OS-EXT-AZ:availability_zone"] == "east"
    assert cloud.delete(path, **ADMIN).status_code == 400
    assert cloud.get("/os-aggregates/99", **ADMIN).status_code == 404


def test_a_server_list_refuses_parameters_it_does_not_know_from_2_75_on(cloud: Cloud):
    assert cloud.get("/servers?wish=1").status_code == 200
    assert cloud.get("/servers?wish=1", "2.75").status_code == 400
