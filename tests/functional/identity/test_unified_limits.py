"""Unified limits are registered, given to projects, and seen by those they are about."""

from typing import Any

import pytest


@pytest.fixture
def registered(cloud, admin) -> Any:
    service = cloud.call("GET", "/services?type=identity", admin)["services"][0]["id"]
    wanted = {"service_id": service, "resource_name": "cores", "default_limit": 10}
    body = {"registered_limits": [wanted]}
    [made] = cloud.call("POST", "/registered_limits", admin, body, 201)["registered_limits"]
    cloud.call("POST", "/registered_limits", admin, body, 409)
    return made


def test_a_registered_limit_is_listed_changed_and_removed(cloud, admin, registered):
    path = f"/registered_limits/{registered['id']}"
    body = {"registered_limit": {"default_limit": 5, "region_id": "RegionOne"}}
    changed = cloud.call("PATCH", path, admin, body)["registered_limit"]
    assert changed == {**registered, "default_limit": 5, "region_id": "RegionOne"}
    cloud.call("PATCH", path, admin, {"registered_limit": {"region_id": "nowhere"}}, 400)
    found = cloud.call("GET", "/registered_limits?resource_name=cores", admin)
    assert found["registered_limits"] == [changed]
    cloud.call("DELETE", path, admin, status=204)


def test_a_limit_belongs_to_a_registered_one(cloud, admin, registered):
    cloud.user(admin, "ann")
    cloud.user(admin, "bob")
    project_id = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    wanted = {"service_id": registered["service_id"], "resource_limit": 20}
    wanted |= {"resource_name": "cores", "project_id": project_id}
    [made] = cloud.call("POST", "/limits", admin, {"limits": [wanted]}, 201)["limits"]
    assert wanted.items() <= made.items()
    cloud.call("POST", "/limits", admin, {"limits": [wanted]}, 409)
    cloud.call("POST", "/limits", admin, {"limits": [wanted | {"resource_name": "x"}]}, 400)
    cloud.call("POST", "/limits", admin, {"limits": [wanted | {"domain_id": "default"}]}, 400)
    cloud.call("DELETE", f"/registered_limits/{registered['id']}", admin, status=403)
    ann, bob = cloud.login("ann", scope="ann"), cloud.login("bob", scope="bob")
    assert cloud.call("GET", "/limits", ann)["limits"] == [made]
    assert cloud.call("GET", "/limits", bob)["limits"] == []
    path = f"/limits/{made['id']}"
    cloud.call("GET", path, bob, status=403)
    cloud.call("PATCH", path, ann, {"limit": {"resource_limit": 99}}, 403)
    changed = cloud.call("PATCH", path, admin, {"limit": {"resource_limit": 30}})["limit"]
    assert cloud.call("GET", path, ann)["limit"] == changed
    cloud.call("DELETE", f"/projects/{project_id}", admin, status=204)
    cloud.call("GET", path, admin, status=404)


def test_the_model_is_flat(cloud, admin):
    assert cloud.call("GET", "/limits/model", admin)["model"]["name"] == "flat"
