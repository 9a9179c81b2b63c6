"""Endpoint groups, catalogs of projects, and what policy documents are for."""

import pytest

AT = "/OS-EP-FILTER"


@pytest.fixture
def service(cloud, admin) -> str:
    body = {"service": {"type": "shelf", "name": "s"}}
    return str(cloud.call("POST", "/services", admin, body, 201)["service"]["id"])


def endpoint(cloud, admin, service_id, interface="public", **more) -> str:
    wanted = {"service_id": service_id, "interface": interface, "url": "http://s/", **more}
    made = cloud.call("POST", "/endpoints", admin, {"endpoint": wanted}, 201)
    return str(made["endpoint"]["id"])


def types(cloud, user: str) -> list[str]:
    """The kinds of services in the catalog of a user's project."""
    return [one["type"] for one in cloud.auth(user, scope=user).json["token"]["catalog"]]


def test_a_project_has_every_endpoint_until_it_is_given_some(cloud, admin, service):
    cloud.user(admin, "ann")
    project_id = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    public, internal = (endpoint(cloud, admin, service, each) for each in ("public", "internal"))
    assert {"identity", "shelf"} <= set(types(cloud, "ann"))
    path = f"{AT}/projects/{project_id}/endpoints/{public}"
    cloud.call("GET", path, admin, status=404)
    cloud.call("PUT", path, admin, status=204)
    cloud.call("PUT", path, admin, status=204)
    cloud.call("HEAD", path, admin, status=204)
    assert types(cloud, "ann") == ["shelf"]
    found = cloud.call("GET", f"{AT}/projects/{project_id}/endpoints", admin)["endpoints"]
    assert [one["id"] for one in found] == [public]
    found = cloud.call("GET", f"{AT}/endpoints/{public}/projects", admin)["projects"]
    assert [one["id"] for one in found] == [project_id]
    assert cloud.call("GET", f"{AT}/endpoints/{internal}/projects", admin)["projects"] == []
    cloud.call("DELETE", path, admin, status=204)
    assert "identity" in types(cloud, "ann")


def test_a_group_of_endpoints_is_in_a_projects_catalog(cloud, admin, service):
    cloud.user(admin, "ann")
    project_id = cloud.call("GET", "/projects?name=ann", admin)["projects"][0]["id"]
    public, _ = (endpoint(cloud, admin, service, each) for each in ("public", "internal"))
    filters = {"service_id": service, "interface": "public"}
    body = {"endpoint_group": {"name": "g", "filters": filters}}
    group = cloud.call("POST", f"{AT}/endpoint_groups", admin, body, 201)["endpoint_group"]
    path = f"{AT}/endpoint_groups/{group['id']}"
    members = cloud.call("GET", f"{path}/endpoints", admin)["endpoints"]
    assert [one["id"] for one in members] == [public]
    cloud.call("PUT", f"{path}/projects/{project_id}", admin, status=204)
    shown = cloud.call("GET", f"{path}/projects/{project_id}", admin)["project"]
    assert shown["id"] == project_id
    groups = cloud.call("GET", f"{AT}/projects/{project_id}/endpoint_groups", admin)
    assert groups["endpoint_groups"] == [group]
    [shelf] = cloud.auth("ann", scope="ann").json["token"]["catalog"]
    assert [one["id"] for one in shelf["endpoints"]] == [public]
    body = {"endpoint_group": {"filters": {"interface": "purple"}}}
    cloud.call("PATCH", path, admin, body, 400)
    cloud.call("DELETE", path, admin, status=204)
    assert "identity" in types(cloud, "ann")


def test_the_nearest_policy_is_the_endpoints(cloud, admin, service):
    for region, parent in (("land", None), ("town", "land")):
        body = {"region": {"id": region, "parent_region_id": parent}}
        cloud.call("POST", "/regions", admin, body, 201)
    its_id = endpoint(cloud, admin, service, region_id="town")
    policies = []
    for name in ("service", "land", "own"):
        body = {"policy": {"type": "application/json", "blob": name}}
        policies.append(cloud.call("POST", "/policies", admin, body, 201)["policy"]["id"])
    of = f"/endpoints/{its_id}/OS-ENDPOINT-POLICY/policy"
    cloud.call("GET", of, admin, status=404)
    uses = (f"services/{service}", f"services/{service}/regions/land", f"endpoints/{its_id}")
    for policy_id, use in zip(policies, uses, strict=True):
        path = f"/policies/{policy_id}/OS-ENDPOINT-POLICY"
        cloud.call("PUT", f"{path}/{use}", admin, status=204)
        cloud.call("HEAD", f"{path}/{use}", admin, status=204)
        assert cloud.call("GET", of, admin)["policy"]["id"] == policy_id
        found = cloud.call("GET", f"{path}/endpoints", admin)["endpoints"]
        assert [one["id"] for one in found] == [its_id]
    cloud.call("DELETE", f"{path}/{use}", admin, status=204)
    assert cloud.call("GET", of, admin)["policy"]["id"] == policies[1]
    cloud.call("DELETE", f"{path}/{use}", admin, status=404)
