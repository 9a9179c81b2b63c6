"""Answers that clients hold against the published schemas, field by field."""

import base64
from typing import Any

from cryptography.hazmat.primitives.serialization import pkcs12

from tests.support.compute_cloud import Cloud

ADMIN: dict[str, Any] = {"roles": ["admin"]}


def test_an_answer_carries_its_request_id_under_the_old_name_too(cloud: Cloud):
    answer = cloud.get("/flavors")
    assert answer.headers["x-compute-request-id"] == answer.headers["x-openstack-request-id"]


def test_a_server_that_is_off_has_no_progress(cloud: Cloud):
    server_id = cloud.server()
    assert cloud.shown(server_id)["progress"] == 100
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    assert "progress" not in cloud.wait(server_id, "SHUTOFF")


def test_a_certificate_is_made_with_its_key(cloud: Cloud):
    asked = {"keypair": {"name": "windows", "type": "x509"}}
    made = cloud.post("/os-keypairs", asked, "2.2").json["keypair"]
    assert made["type"] == "x509"
    assert made["public_key"].startswith("-----BEGIN CERTIFICATE-----")
    key, certificate, _ = pkcs12.load_key_and_certificates(
        base64.b64decode(made["private_key"]), None
    )
    assert certificate is not None
    assert key is not None
    assert len(made["fingerprint"].split(":")) == 20


def test_the_default_quota_class_is_what_projects_get(cloud: Cloud):
    path = "/os-quota-class-sets/default"
    assert cloud.get(path).status_code == 403
    first = cloud.get(path, **ADMIN).json["quota_class_set"]
    assert first["id"] == "default"
    assert "fixed_ips" in cloud.get(path, "2.47", **ADMIN).json["quota_class_set"]
    assert "server_groups" not in first
    assert "server_groups" in cloud.get(path, "2.50", **ADMIN).json["quota_class_set"]
    changed = cloud.put(path, {"quota_class_set": {"cores": 3}}, **ADMIN)
    assert changed.json["quota_class_set"]["cores"] == 3
    assert cloud.get("/limits").json["limits"]["absolute"]["maxTotalCores"] == 3
    unknown = {"quota_class_set": {"fixed_ips": 3}}
    assert cloud.put(path, unknown, "2.50", **ADMIN).status_code == 400


def test_a_host_without_servers_says_so_from_2_75_on(cloud: Cloud):
    path = "/os-hypervisors?with_servers=true"
    older = cloud.get(path, "2.53", **ADMIN).json["hypervisors"][0]
    newer = cloud.get(path, "2.75", **ADMIN).json["hypervisors"][0]
    assert "servers" not in older
    assert newer["servers"] == []


def test_a_change_answers_with_plain_addresses_before_2_75(cloud: Cloud):
    path = f"/servers/{cloud.server()}"
    older = cloud.put(path, {"server": {"name": "new"}}).json["server"]["addresses"]
    newer = cloud.put(path, {"server": {"name": "new"}}, "2.75").json["server"]["addresses"]
    assert older == {"private": [{"addr": "10.0.0.2", "version": 4}]}
    assert newer["private"][0]["OS-EXT-IPS:type"] == "fixed"


def test_a_new_server_has_no_more_metadata_than_the_quota_allows(cloud: Cloud):
    items = {f"key-{n}": "value" for n in range(129)}
    assert cloud.ask(metadata=items).status_code == 403
    server_id = cloud.server(metadata={"a": "b"})
    again = {"rebuild": {"imageRef": cloud.image_id, "metadata": items}}
    assert cloud.post(f"/servers/{server_id}/action", again).status_code == 403
