"""Limits hold when many ask at once, and usage is what the rows say."""

import pytest

from tests.support.crowd import crowd
from tests.support.tokens import PROJECT_ID

CALLERS, LIMIT = 20, 10
PLENTY = {"instances": 1000, "cores": 1000, "ram": 1_000_000}


def allow(cloud, **limits):
    answer = cloud.put(
        f"/os-quota-sets/{PROJECT_ID}", {"quota_set": {**limits, "force": True}}, roles=["admin"]
    )
    assert answer.status_code == 200, answer.text


def used(cloud):
    return cloud.get(f"/os-quota-sets/{PROJECT_ID}/detail", "2.1").json["quota_set"]


@pytest.mark.parametrize(("resource", "each"), [("instances", 1), ("cores", 1), ("ram", 512)])
def test_no_more_servers_are_made_than_the_quota_has_room_for(any_cloud, resource, each):
    allow(any_cloud, **{**PLENTY, resource: LIMIT * each})
    seen = crowd(CALLERS, lambda number: any_cloud.ask(f"server-{number}"))
    assert seen == {202: LIMIT, 403: CALLERS - LIMIT}
    assert used(any_cloud)[resource]["in_use"] == LIMIT * each
    shown = any_cloud.get("/limits").json["limits"]["absolute"]
    assert shown["totalInstancesUsed"] == len(any_cloud.get("/servers").json["servers"]) == LIMIT


def test_a_user_has_no_more_key_pairs_than_allowed(any_cloud):
    allow(any_cloud, key_pairs=LIMIT)
    key = any_cloud.post("/os-keypairs", {"keypair": {"name": "first"}}).json["keypair"]

    def add(number):
        body = {"keypair": {"name": f"key-{number}", "public_key": key["public_key"]}}
        return any_cloud.post("/os-keypairs", body)

    seen = crowd(CALLERS, add)
    assert seen == {200: LIMIT - 1, 403: CALLERS - LIMIT + 1}
    assert len(any_cloud.get("/os-keypairs").json["keypairs"]) == LIMIT


def test_a_project_has_no_more_server_groups_than_allowed(any_cloud):
    allow(any_cloud, server_groups=LIMIT)

    def add(number):
        body = {"server_group": {"name": f"g{number}", "policies": ["affinity"]}}
        return any_cloud.post("/os-server-groups", body)

    assert crowd(CALLERS, add) == {200: LIMIT, 403: CALLERS - LIMIT}
    assert used(any_cloud)["server_groups"]["in_use"] == LIMIT


def test_a_server_group_has_no_more_members_than_allowed(any_cloud):
    allow(any_cloud, **PLENTY, server_group_members=LIMIT)
    body = {"server_group": {"name": "g", "policies": ["soft-affinity"]}}
    group = any_cloud.post("/os-server-groups", body, "2.15").json["server_group"]["id"]

    def add(number):
        wanted = {"name": f"s{number}", "imageRef": any_cloud.image_id, "flavorRef": "1"}
        return any_cloud.post(
            "/servers", {"server": wanted, "os:scheduler_hints": {"group": group}}
        )

    assert crowd(CALLERS, add) == {202: LIMIT, 403: CALLERS - LIMIT}
    shown = any_cloud.get(f"/os-server-groups/{group}").json["server_group"]
    assert len(shown["members"]) == LIMIT


def test_a_server_has_no_more_metadata_than_allowed_and_loses_none(any_cloud):
    allow(any_cloud, metadata_items=LIMIT)
    server_id = any_cloud.server()

    def add(number):
        return any_cloud.post(f"/servers/{server_id}/metadata", {"metadata": {f"k{number}": "v"}})

    assert crowd(CALLERS, add) == {200: LIMIT, 403: CALLERS - LIMIT}
    assert len(any_cloud.shown(server_id)["metadata"]) == LIMIT
