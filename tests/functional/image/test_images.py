"""Registering, finding, changing and deleting images."""

import uuid

import pytest

from tests.functional.image.conftest import Cloud


def test_a_new_image_waits_for_data_and_shows_every_attribute(cloud: Cloud):
    wanted = {"name": "debian", "disk_format": "raw", "container_format": "bare"}
    answer = cloud.call(
        "POST", "/v2/images", json=wanted | {"img_hv_type": "lxc", "tags": ["b", "a", "a"]}
    )
    assert answer.status_code == 201
    image = answer.json
    assert answer.headers["location"].endswith(image["self"])
    assert image["status"] == "queued"
    assert image["visibility"] == "shared"
    assert image["owner"] == "p-ann"
    assert image["img_hv_type"] == "lxc"
    assert image["tags"] == ["a", "b"]
    assert image["file"] == f"/v2/images/{image['id']}/file"
    for name in ("checksum", "size", "virtual_size", "os_hash_algo", "os_hash_value"):
        assert image[name] is None
    assert cloud.show(image["id"]) == image


def test_an_image_keeps_the_id_that_was_asked_for_and_nobody_gets_it_twice(cloud: Cloud):
    wanted = str(uuid.uuid4())
    assert cloud.create(id=wanted) == wanted
    answer = cloud.call("POST", "/v2/images", json={"id": wanted})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"disk_format": "floppy"}, 400),
        ({"container_format": "box"}, 400),
        ({"visibility": "secret"}, 400),
        ({"min_disk": -1}, 400),
        ({"colour": 3}, 400),
        ({"id": "short"}, 400),
        ({"status": "active"}, 403),
        ({"os_glance_secret": "x"}, 403),
        ({"owner": "p-ben"}, 403),
        ({"visibility": "public"}, 403),
        ({"tags": ["a", "b", "c", "d"]}, 413),
        ({"a": "1", "b": "1", "c": "1", "d": "1"}, 413),
    ],
)
def test_what_may_not_be_set_is_refused(cloud: Cloud, wanted, status):
    answer = cloud.call("POST", "/v2/images", json=wanted)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<title>{status} " in answer.text
    assert cloud.names() == []


def test_an_administrator_makes_images_public_and_everybody_sees_them(cloud: Cloud):
    image = cloud.create("admin", name="base", visibility="public")
    assert cloud.names(who="ben") == ["base"]
    assert cloud.call("DELETE", f"/v2/images/{image}", "ben").status_code == 403
    assert (
        cloud.patch(image, {"op": "add", "path": "/x", "value": "y"}, who="ben").status_code == 403
    )


def test_other_projects_images_do_not_exist_for_a_stranger(cloud: Cloud):
    image = cloud.create(visibility="private")
    for method in ("GET", "DELETE"):
        assert cloud.call(method, f"/v2/images/{image}", "ben").status_code == 404
    assert cloud.call("PUT", f"/v2/images/{image}/tags/x", "ben").status_code == 404
    assert cloud.names(who="ben") == []
    assert cloud.show(image, "admin")["owner"] == "p-ann"


@pytest.mark.parametrize("image_id", ["", "-1", "x" * 80, "9b1cb1c0-6f0c-4a5e-9d6c-1b0a3a0c5d11"])
def test_ids_nobody_has_are_not_found_whatever_their_form(cloud: Cloud, image_id):
    assert cloud.call("GET", f"/v2/images/{image_id}").status_code == 404
    assert cloud.call("DELETE", f"/v2/images/{image_id}").status_code == 404


def test_community_images_are_found_by_those_who_ask_for_them(cloud: Cloud):
    image = cloud.create(name="odd", visibility="community")
    assert cloud.names(who="ben") == []
    assert cloud.names("visibility=community", "ben") == ["odd"]
    assert cloud.names("visibility=all", "ben") == ["odd"]
    assert cloud.names() == ["odd"]
    assert cloud.show(image, "ben")["visibility"] == "community"


def test_a_patch_adds_replaces_and_removes(cloud: Cloud):
    image = cloud.create(colour="red", shape="round")
    answer = cloud.patch(
        image,
        {"op": "replace", "path": "/name", "value": "new"},
        {"op": "replace", "path": "/colour", "value": "blue"},
        {"op": "remove", "path": "/shape"},
        {"op": "add", "path": "/a~1b~0c", "value": "x"},
        {"op": "replace", "path": "/tags", "value": ["t"]},
        {"op": "replace", "path": "/protected", "value": True},
    )
    assert answer.status_code == 200, answer.text
    found = cloud.show(image)
    assert found == answer.json
    assert (found["name"], found["colour"], found["a/b~c"]) == ("new", "blue", "x")
    assert "shape" not in found
    assert found["tags"] == ["t"]
    assert cloud.call("DELETE", f"/v2/images/{image}").status_code == 403
    assert cloud.patch(image, {"op": "replace", "path": "/protected", "value": False})
    assert cloud.call("DELETE", f"/v2/images/{image}").status_code == 204
    assert cloud.call("GET", f"/v2/images/{image}").status_code == 404


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ({"op": "replace", "path": "/status", "value": "active"}, 403),
        ({"op": "replace", "path": "/id", "value": "x"}, 403),
        ({"op": "replace", "path": "/owner", "value": "p-ben"}, 403),
        ({"op": "add", "path": "/os_glance_x", "value": "y"}, 403),
        ({"op": "remove", "path": "/locations"}, 403),
        ({"op": "remove", "path": "/name"}, 403),
        ({"op": "replace", "path": "/visibility", "value": "public"}, 403),
        ({"op": "replace", "path": "/absent", "value": "x"}, 409),
        ({"op": "remove", "path": "/absent"}, 409),
        ({"op": "replace", "path": "/min_disk", "value": "many"}, 400),
        ({"op": "add", "path": "/a/b", "value": "x"}, 400),
        ({"op": "add", "path": "a", "value": "x"}, 400),
        ({"op": "add", "path": "/a~2", "value": "x"}, 400),
        ({"op": "add", "path": "/a"}, 400),
        ({"op": "move", "path": "/a", "value": "x"}, 400),
    ],
)
def test_a_patch_that_may_not_be_changes_nothing(cloud: Cloud, step, status):
    image = cloud.create()
    before = cloud.show(image)
    first = {"op": "add", "path": "/extra", "value": "x"}
    assert cloud.patch(image, first, step).status_code == status
    assert cloud.show(image) == before


def test_the_older_patch_form_is_understood_and_plain_json_is_not(cloud: Cloud):
    image = cloud.create()
    headers = {"Content-Type": "application/openstack-images-v2.0-json-patch"}
    body = '[{"replace": "/name", "value": "old way"}]'
    answer = cloud.call("PATCH", f"/v2/images/{image}", body=body, headers=headers)
    assert answer.json["name"] == "old way"
    assert cloud.call("PATCH", f"/v2/images/{image}", body=body).status_code == 415


def test_formats_are_fixed_once_there_is_data(cloud: Cloud):
    image = cloud.create()
    assert cloud.upload(image, b"data").status_code == 204
    step = {"op": "replace", "path": "/disk_format", "value": "qcow2"}
    assert cloud.patch(image, step).status_code == 403


def test_tags_come_and_go_one_by_one(cloud: Cloud):
    image = cloud.create()
    for tag in ("a", "b", "c", "c"):
        assert cloud.call("PUT", f"/v2/images/{image}/tags/{tag}").status_code == 204
    assert cloud.call("PUT", f"/v2/images/{image}/tags/d").status_code == 413
    assert cloud.call("DELETE", f"/v2/images/{image}/tags/b").status_code == 204
    assert cloud.call("DELETE", f"/v2/images/{image}/tags/b").status_code == 404
    assert cloud.show(image)["tags"] == ["a", "c"]
    assert cloud.call("PUT", f"/v2/images/{uuid.uuid4()}/tags/a").status_code == 404


def test_a_deactivated_image_keeps_its_data_to_itself(cloud: Cloud):
    image = cloud.create()
    action = f"/v2/images/{image}/actions/"
    assert cloud.call("POST", action + "deactivate").status_code == 403
    cloud.upload(image, b"data")
    assert cloud.call("POST", action + "deactivate").status_code == 204
    assert cloud.show(image)["status"] == "deactivated"
    assert cloud.call("GET", f"/v2/images/{image}/file").status_code == 403
    assert cloud.call("GET", f"/v2/images/{image}/file", "admin").status_code == 200
    assert cloud.call("POST", action + "reactivate").status_code == 204
    assert cloud.call("GET", f"/v2/images/{image}/file").content == b"data"


def test_versions_are_told_to_everybody(cloud: Cloud):
    for path, status in (("/", 300), ("/v2/", 300), ("/v2", 300), ("/versions", 200)):
        answer = cloud.client.simulate_get(path)
        assert answer.status_code == status
        first = answer.json["versions"][0]
        assert first["status"] == "CURRENT"
        assert first["links"][0]["href"].endswith("/v2/")


def test_the_api_describes_itself(cloud: Cloud):
    for name in ("image", "images", "member", "members"):
        assert cloud.call("GET", f"/v2/schemas/{name}").json["name"] == name
    assert cloud.call("GET", "/v2/schemas/nothing").status_code == 404
    assert "import-methods" in cloud.call("GET", "/v2/info/import").json
    assert cloud.call("GET", "/v2/info/stores").json["stores"]


def test_a_caller_without_a_token_is_told_so_in_html(cloud: Cloud):
    answer = cloud.client.simulate_get("/v2/images")
    assert answer.status_code == 401
    assert "<title>401 Unauthorized</title>" in answer.text


def test_an_image_has_no_tasks_and_a_strangers_is_not_found(cloud: Cloud):
    image = cloud.create(name="still")
    assert cloud.call("GET", f"/v2/images/{image}/tasks").json == {"tasks": []}
    assert cloud.call("GET", f"/v2/images/{image}/tasks", "eve").status_code == 404
