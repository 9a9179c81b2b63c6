"""Metadata definitions: administrators write them, everybody reads those meant for all."""

from typing import Any

import pytest

from tests.functional.image.conftest import Cloud

ALL = "/v2/metadefs/namespaces"
CPU = {"title": "Cores", "type": "integer", "minimum": 1}


def ok(cloud: Cloud, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = cloud.call(method, ALL + path, "admin", json=body)
    assert answer.status_code == status, answer.text
    return answer.json if answer.content and status < 400 else None


@pytest.fixture
def namespace(cloud: Cloud) -> dict[str, Any]:
    """A public namespace for images, whose properties begin with hw_ there."""
    wanted = {
        "namespace": "Hardware",
        "visibility": "public",
        "resource_type_associations": [{"name": "OS::Glance::Image", "prefix": "hw_"}],
        "properties": {"cpu_cores": CPU},
        "objects": [{"name": "CPU", "required": ["cores"], "properties": {"cores": CPU}}],
        "tags": [{"name": "fast"}],
    }
    made: dict[str, Any] = ok(cloud, "POST", "", wanted, 201)
    return made


def test_a_namespace_is_made_with_all_that_it_defines(cloud: Cloud, namespace):
    assert namespace["self"] == f"{ALL}/Hardware"
    assert namespace["owner"] == "p-admin"
    shown = cloud.call("GET", f"{ALL}/Hardware").json
    assert shown["properties"] == {"cpu_cores": CPU}
    assert [one["name"] for one in shown["objects"]] == ["CPU"]
    assert shown["tags"] == [{"name": "fast"}]
    ok(cloud, "POST", "", {"namespace": "Hardware"}, 409)


def test_properties_are_shown_as_a_kind_of_resource_calls_them(cloud: Cloud, namespace):
    query = "resource_type=OS::Glance::Image"
    shown = cloud.call("GET", f"{ALL}/Hardware", query_string=query).json
    assert shown["properties"] == {"hw_cpu_cores": CPU}
    assert shown["objects"][0]["required"] == ["hw_cores"]
    path = f"{ALL}/Hardware/properties/hw_cpu_cores"
    assert cloud.call("GET", path, query_string=query).json["name"] == "cpu_cores"
    assert cloud.call("GET", path).status_code == 404


def test_a_private_namespace_is_its_owners(cloud: Cloud):
    ok(cloud, "POST", "", {"namespace": "Secret"}, 201)
    ok(cloud, "POST", "", {"namespace": "Anns", "owner": "p-ann"}, 201)
    listed = cloud.call("GET", ALL).json
    assert [one["namespace"] for one in listed["namespaces"]] == ["Anns"]
    assert cloud.call("GET", f"{ALL}/Secret").status_code == 404
    assert len(ok(cloud, "GET", "")["namespaces"]) == 2


def test_a_protected_namespace_stays(cloud: Cloud):
    ok(cloud, "POST", "", {"namespace": "Kept", "protected": True, "description": "d"}, 201)
    ok(cloud, "DELETE", "/Kept", status=403)
    changed = ok(cloud, "PUT", "/Kept", {"namespace": "Given up"})
    assert (changed["namespace"], changed["protected"]) == ("Given up", False)
    assert "description" not in changed  # a change replaces the whole
    ok(cloud, "DELETE", "/Given up", status=204)
    ok(cloud, "GET", "/Given up", status=404)


def test_namespaces_are_listed_in_pages_and_by_kind_of_resource(cloud: Cloud, namespace):
    for name in ("A", "B"):
        ok(cloud, "POST", "", {"namespace": name, "visibility": "public"}, 201)
    answer = cloud.call("GET", ALL, query_string="limit=2&sort_key=namespace&sort_dir=asc").json
    assert [one["namespace"] for one in answer["namespaces"]] == ["A", "B"]
    path, _, query = answer["next"].partition("?")
    rest = cloud.call("GET", path, query_string=query).json["namespaces"]
    assert [one["namespace"] for one in rest] == ["Hardware"]
    query = "resource_types=OS::Glance::Image,OS::Nova::Server"
    found = cloud.call("GET", ALL, query_string=query).json["namespaces"]
    assert found == [namespace]


def test_kinds_of_resources_are_known_and_learned(cloud: Cloud, namespace):
    types = "/v2/metadefs/resource_types"
    before = [one["name"] for one in cloud.call("GET", types).json["resource_types"]]
    assert "OS::Nova::Server" in before
    path = "/Hardware/resource_types"
    ok(cloud, "POST", path, {"name": "My::Own", "properties_target": "metadata"}, 201)
    ok(cloud, "POST", path, {"name": "My::Own"}, 409)
    after = [one["name"] for one in cloud.call("GET", types).json["resource_types"]]
    assert set(after) - set(before) == {"My::Own"}
    shown = cloud.call("GET", ALL + path).json["resource_type_associations"]
    assert [one["name"] for one in shown] == ["My::Own", "OS::Glance::Image"]
    ok(cloud, "DELETE", f"{path}/My::Own", status=204)
    ok(cloud, "DELETE", f"{path}/My::Own", status=404)


def test_objects_and_properties_are_defined_renamed_and_removed(cloud: Cloud, namespace):
    for many, more in (("objects", {}), ("properties", CPU)):
        path = f"/Hardware/{many}"
        assert ok(cloud, "POST", path, {"name": "x", **more}, 201)["name"] == "x"
        ok(cloud, "POST", path, {"name": "x", **more}, 409)
        ok(cloud, "POST", path, {"name": "y", "unheard": "of"}, 400)
        assert ok(cloud, "PUT", f"{path}/x", {"name": "z", **more})["name"] == "z"
        ok(cloud, "GET", f"{path}/x", status=404)
        ok(cloud, "DELETE", f"{path}/z", status=204)
        assert len(ok(cloud, "GET", path)[many]) == 1
        ok(cloud, "DELETE", path, status=204)
        assert len(ok(cloud, "GET", path)[many]) == 0


def test_tags_are_set_at_once_or_one_by_one(cloud: Cloud, namespace):
    path = "/Hardware/tags"

    def names() -> list[str]:
        return [tag["name"] for tag in cloud.call("GET", ALL + path).json["tags"]]

    ok(cloud, "POST", path, {"tags": [{"name": "a"}, {"name": "b"}]}, 201)
    assert names() == ["a", "b"]
    ok(cloud, "POST", f"{path}/c", status=201)
    headers = {"X-OpenStack-Append": "True"}
    body = {"tags": [{"name": "d"}]}
    assert cloud.call("POST", ALL + path, "admin", json=body, headers=headers).status_code == 201
    assert names() == ["a", "b", "c", "d"]
    assert ok(cloud, "PUT", f"{path}/a", {"name": "e"})["name"] == "e"
    ok(cloud, "DELETE", path, status=204)
    assert names() == []


def test_only_administrators_write(cloud: Cloud, namespace):
    assert cloud.call("POST", ALL, json={"namespace": "x"}).status_code == 403
    assert cloud.call("PUT", f"{ALL}/Hardware", json={"namespace": "x"}).status_code == 403
    assert cloud.call("DELETE", f"{ALL}/Hardware/tags/fast").status_code == 403
    assert cloud.call("GET", f"{ALL}/Hardware", "ann-reader").status_code == 200
