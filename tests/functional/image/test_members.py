"""Sharing images with other projects."""

import pytest

from tests.functional.image.conftest import Cloud


@pytest.fixture
def shared(cloud: Cloud) -> str:
    """Ann's image, offered to Ben."""
    image = cloud.create(name="gift")
    answer = cloud.call("POST", f"/v2/images/{image}/members", json={"member": "p-ben"})
    assert answer.status_code == 200
    assert answer.json["status"] == "pending"
    return image


def answer(cloud: Cloud, image: str, who: str, status: str, member: str = "p-ben") -> int:
    path = f"/v2/images/{image}/members/{member}"
    return int(cloud.call("PUT", path, who, json={"status": status}).status_code)


def test_an_offered_image_is_listed_once_it_is_accepted(cloud: Cloud, shared: str):
    assert cloud.names(who="ben") == []
    assert cloud.names("visibility=shared&member_status=pending", "ben") == ["gift"]
    assert cloud.show(shared, "ben")["name"] == "gift"
    assert answer(cloud, shared, "ben", "accepted") == 200
    assert cloud.names(who="ben") == ["gift"]
    assert answer(cloud, shared, "ben", "rejected") == 200
    assert cloud.names(who="ben") == []
    assert cloud.names("member_status=all", "ben") == ["gift"]
    assert cloud.names(who="eve") == []


def test_only_the_member_itself_answers(cloud: Cloud, shared: str):
    assert answer(cloud, shared, "ann", "accepted") == 403
    assert answer(cloud, shared, "eve", "accepted") == 404
    assert answer(cloud, shared, "ben", "maybe") == 400
    assert answer(cloud, shared, "ben", "accepted", member="p-eve") == 404


def test_members_see_themselves_and_the_owner_sees_all(cloud: Cloud, shared: str):
    path = f"/v2/images/{shared}/members"
    cloud.call("POST", path, json={"member": "p-eve"})

    def seen(who: str) -> list[str]:
        found = cloud.call("GET", path, who).json["members"]
        return [member["member_id"] for member in found]

    assert seen("ann") == ["p-ben", "p-eve"]
    assert seen("ben") == ["p-ben"]
    assert cloud.call("GET", f"{path}/p-eve", "ben").status_code == 404
    assert cloud.call("GET", f"{path}/p-eve", "ann").json["status"] == "pending"


def test_a_member_reads_the_data_and_changes_nothing(cloud: Cloud, shared: str):
    cloud.upload(shared, b"data")
    assert cloud.call("GET", f"/v2/images/{shared}/file", "ben").content == b"data"
    assert cloud.call("DELETE", f"/v2/images/{shared}", "ben").status_code == 403
    step = {"op": "replace", "path": "/name", "value": "mine"}
    assert cloud.patch(shared, step, who="ben").status_code == 403
    path = f"/v2/images/{shared}/members"
    assert cloud.call("POST", path, "ben", json={"member": "p-eve"}).status_code == 403


def test_sharing_ends_when_the_owner_says_so(cloud: Cloud, shared: str):
    path = f"/v2/images/{shared}/members/p-ben"
    assert cloud.call("DELETE", path).status_code == 204
    assert cloud.call("DELETE", path).status_code == 404
    assert cloud.call("GET", f"/v2/images/{shared}", "ben").status_code == 404


def test_offers_that_cannot_be_made_are_refused(cloud: Cloud, shared: str):
    path = f"/v2/images/{shared}/members"
    assert cloud.call("POST", path, json={"member": "p-ben"}).status_code == 409
    assert cloud.call("POST", path, json={"member": ""}).status_code == 400
    assert cloud.call("POST", path, json={}).status_code == 400
    assert cloud.call("POST", path, json={"member": "p-2"}).status_code == 200
    assert cloud.call("POST", path, json={"member": "p-3"}).status_code == 413
    private = cloud.create(visibility="private")
    refused = cloud.call("POST", f"/v2/images/{private}/members", json={"member": "p-ben"})
    assert refused.status_code == 403
