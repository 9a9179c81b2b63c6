"""What bad input gets: a clear word, and nothing left behind."""

import uuid

import pytest

from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def network(person):
    return person.network("10.32.0.0/24")


def attempt(person, network, image="tiny-container", flavor="tiny"):
    return person.cli(
        "server",
        "create",
        "--image",
        image,
        "--flavor",
        flavor,
        "--network",
        network.id,
        "x",
        ok=False,
    )


def test_an_unknown_image_flavor_or_network_is_named(person, network):
    assert "nothing" in attempt(person, network, image="nothing").lower()
    assert "nothing" in attempt(person, network, flavor="nothing").lower()
    missing = str(uuid.uuid4())
    compute = person.sdk.compute
    answer = compute.post(
        "/servers",
        json={
            "server": {
                "name": "x",
                "imageRef": person.sdk.image.find_image("tiny-container").id,
                "flavorRef": compute.find_flavor("tiny").id,
                "networks": [{"uuid": missing}],
            }
        },
    )
    assert answer.status_code == 400
    assert missing in answer.text
    assert list(compute.servers()) == []


def test_malformed_json_and_wrong_types_are_bad_requests(person):
    for service, path in (
        (person.sdk.compute, "/servers"),
        (person.sdk.network, "/networks"),
        (person.sdk.orchestration, "/stacks"),
        (person.sdk.image, "/images"),
    ):
        headers = {"Content-Type": "application/json"}
        answer = service.post(path, data="{broken", headers=headers, raise_exc=False)
        assert answer.status_code == 400, (path, answer.text)


def test_no_room_on_any_host_is_explained(person, network, admin):
    flavor = admin.compute.create_flavor(
        name=f"huge-{uuid.uuid4().hex[:6]}", ram=4_000_000, vcpus=1, disk=1
    )
    try:
        admin.compute.put(f"/os-quota-sets/{person.project_id}", json={"quota_set": {"ram": -1}})
        server = person.sdk.compute.create_server(
            name="huge",
            image_id=person.sdk.image.find_image("tiny-container").id,
            flavor_id=flavor.id,
            networks=[{"uuid": network.id}],
        )
        wait_for(lambda: person.sdk.compute.get_server(server.id).status, "ERROR", timeout_s=30)
        fault = person.sdk.compute.get_server(server.id).fault["message"]
        assert "No valid host" in fault
        person.sdk.compute.delete_server(server)
        person.sdk.compute.wait_for_delete(server, wait=30, interval=0.2)
    finally:
        admin.compute.delete_flavor(flavor)


def test_over_quota_is_refused_with_the_figures(person, network, admin):
    admin.compute.put(f"/os-quota-sets/{person.project_id}", json={"quota_set": {"instances": 0}})
    try:
        told = attempt(person, network)
        assert "Quota exceeded" in told
        assert "0" in told
    finally:
        admin.compute.delete(f"/os-quota-sets/{person.project_id}")


def test_an_expired_or_invented_token_opens_nothing(person):
    for url in ("compute", "network", "image", "orchestration"):
        service = getattr(person.sdk, url)
        answer = service.get(
            "/", headers={"X-Auth-Token": "gAAAAA-nonsense"}, raise_exc=False, authenticated=False
        )
        assert answer.status_code in (401, 200, 300)
    answer = person.sdk.compute.get(
        "/servers", headers={"X-Auth-Token": "nonsense"}, raise_exc=False, authenticated=False
    )
    assert answer.status_code == 401


def test_another_projects_resources_are_not_found(person, network, someone):
    stranger = someone()
    answer = stranger.sdk.network.get(f"/networks/{network.id}", raise_exc=False)
    assert answer.status_code == 404
    assert network.id in answer.text


def test_bytes_that_are_no_image_of_their_format_are_refused(person):
    image = person.sdk.image.create_image(
        name="lie", disk_format="qcow2", container_format="bare", allow_duplicates=True
    )
    answer = person.sdk.image.put(
        f"/images/{image.id}/file",
        data=b"not a disk" * 1000,
        headers={"Content-Type": "application/octet-stream"},
        raise_exc=False,
    )
    assert answer.status_code in (400, 415)
    assert person.sdk.image.get_image(image.id).status == "queued"
    person.sdk.image.delete_image(image)
