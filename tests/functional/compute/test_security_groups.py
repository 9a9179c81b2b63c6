"""Security groups as clients from before the network service ask for them."""

from typing import Any

import pytest

from tests.support.compute_cloud import Cloud
from tests.support.tokens import PROJECT_ID


def rule(parent_id: str, **values: Any) -> dict[str, Any]:
    wanted = {"parent_group_id": parent_id, "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
    return {"security_group_rule": wanted | values}


def test_a_group_is_made_shown_changed_and_removed(cloud: Cloud):
    made = cloud.post("/os-security-groups", {"security_group": {"name": "web"}})
    assert made.status_code == 200
    group = made.json["security_group"]
    assert set(group) == {"id", "name", "description", "tenant_id", "rules"}
    path = f"/os-security-groups/{group['id']}"
    changed = cloud.put(path, {"security_group": {"name": "www", "description": "all"}})
    assert changed.json["security_group"]["name"] == "www"
    assert cloud.get(path).json == changed.json
    assert cloud.get("/os-security-groups").json == {
        "security_groups": [changed.json["security_group"]]
    }
    assert cloud.delete(path).status_code == 202
    assert cloud.get(path).status_code == 404
    assert cloud.delete(path).status_code == 404


def test_the_default_group_can_not_be_removed(cloud: Cloud):
    group_id = cloud.network.add_group(PROJECT_ID, "default")
    assert cloud.delete(f"/os-security-groups/{group_id}").status_code == 400


def test_a_rule_lets_in_a_range_or_a_group(cloud: Cloud):
    group_id = cloud.network.add_group(PROJECT_ID, "web")
    other_id = cloud.network.add_group(PROJECT_ID, "proxy")
    made = cloud.post("/os-security-group-rules", rule(group_id))
    shown = made.json["security_group_rule"]
    assert made.status_code == 200
    assert (shown["ip_range"], shown["group"]) == ({"cidr": "0.0.0.0/0"}, {})
    pointing = cloud.post("/os-security-group-rules", rule(group_id, group_id=other_id)).json
    assert pointing["security_group_rule"]["group"] == {"name": "proxy", "tenant_id": PROJECT_ID}
    listed = cloud.get(f"/os-security-groups/{group_id}").json["security_group"]["rules"]
    assert [one["id"] for one in listed] == [shown["id"], pointing["security_group_rule"]["id"]]
    path = f"/os-security-group-rules/{shown['id']}"
    assert [cloud.delete(path).status_code for _ in range(2)] == [202, 404]


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_port": 23},
        {"from_port": None},
        {"from_port": "x"},
        {"ip_protocol": "nothing"},
        {"ip_protocol": None},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(cloud: Cloud, wrong: dict[str, Any]):
    group_id = cloud.network.add_group(PROJECT_ID, "web")
    assert cloud.post("/os-security-group-rules", rule(group_id, **wrong)).status_code == 400


def test_a_rule_for_no_group_is_not_found(cloud: Cloud):
    nowhere = "11111111-2222-3333-4444-555555555555"
    assert cloud.post("/os-security-group-rules", rule(nowhere)).status_code == 404
    assert cloud.post("/os-security-group-rules", rule("nowhere")).status_code == 400


def test_newer_clients_ask_the_network_service(cloud: Cloud):
    assert cloud.get("/os-security-groups", "2.35").status_code == 200
    assert cloud.get("/os-security-groups", "2.36").status_code == 404


def test_networks_are_shown_by_their_old_names_until_2_35(cloud: Cloud):
    listed = cloud.get("/os-tenant-networks").json["networks"]
    assert listed == [{"id": cloud.network_id, "label": "private", "cidr": "None"}]
    path = f"/os-tenant-networks/{cloud.network_id}"
    assert cloud.get(path).json == {"network": listed[0]}
    assert cloud.get("/os-tenant-networks/nowhere").status_code == 404
    assert cloud.get(path, "2.36").status_code == 404
