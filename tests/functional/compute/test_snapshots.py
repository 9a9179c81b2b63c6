"""Images made of servers, and what is left when one is not made."""

from typing import Any

import pytest

from compute.drivers.base import GuestFault, GuestState
from tests.support.compute_cloud import Cloud
from tests.support.waiting import wait_for


def snapshot(cloud: Cloud, server_id: str, version: str | None = None, **wanted: Any) -> Any:
    body = {"createImage": {"name": "mine", **wanted}}
    return cloud.post(f"/servers/{server_id}/action", body, version)


def whole(cloud: Cloud, image_id: str) -> dict[str, Any]:
    wait_for(lambda: cloud.images.images[image_id]["status"], "active")
    return cloud.images.images[image_id]


def test_a_snapshot_becomes_an_image_with_its_origin_written_on_it(cloud: Cloud):
    server_id = cloud.server()
    answer = snapshot(cloud, server_id, metadata={"colour": "red"})
    assert answer.status_code == 202
    image = whole(cloud, answer.headers["Location"].rpartition("/")[2])
    assert cloud.images.data[image["id"]] == b"the disk of web"
    assert (image["name"], image["image_type"], image["colour"]) == ("mine", "snapshot", "red")
    assert (image["base_image_ref"], image["instance_uuid"]) == (cloud.image_id, server_id)
    assert (image["disk_format"], image["min_disk"], image["visibility"]) == ("qcow2", 1, "private")
    cloud.wait(server_id, "ACTIVE")
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert (actions[0]["action"], actions[0]["message"]) == ("createImage", None)
    path = f"/servers/{server_id}/os-instance-actions/{actions[0]['request_id']}"
    (event,) = cloud.get(path, "2.51").json["instanceAction"]["events"]
    assert (event["event"], event["result"]) == ("compute_snapshot_instance", "Success")


def test_from_2_45_on_the_image_is_named_in_the_body(cloud: Cloud):
    answer = snapshot(cloud, cloud.server(), "2.45")
    assert "Location" not in answer.headers
    whole(cloud, answer.json["image_id"])


def test_a_server_that_is_off_stays_off_and_a_container_keeps_its_kind(cloud: Cloud):
    container = cloud.images.add(b"tar", img_hv_type="lxc")
    server_id = cloud.server(imageRef=container)
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    cloud.wait(server_id, "SHUTOFF")
    image = whole(cloud, snapshot(cloud, server_id, "2.45").json["image_id"])
    cloud.wait(server_id, "SHUTOFF")
    assert (image["img_hv_type"], image["disk_format"]) == ("lxc", "raw")
    assert cloud.server("second", imageRef=image["id"])


def test_while_an_image_is_made_its_task_is_shown_and_a_second_one_is_refused(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.delay_s = 0.5
    assert snapshot(cloud, server_id).status_code == 202
    shown = cloud.shown(server_id)
    assert (shown["status"], shown["OS-EXT-STS:task_state"]) == ("ACTIVE", "image_snapshot")
    assert snapshot(cloud, server_id).status_code == 409
    cloud.wait(server_id, "ACTIVE")


def test_a_snapshot_that_fails_leaves_the_server_as_it_was_and_no_image(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.fail("snapshot", GuestFault(reason="The disk is full."))
    image_id = snapshot(cloud, server_id, "2.45").json["image_id"]
    assert "fault" not in cloud.wait(server_id, "ACTIVE")
    assert image_id not in cloud.images.images
    actions = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert actions[0]["message"] == "The disk is full."


def test_what_the_image_service_refuses_is_refused_and_nothing_is_under_way(cloud: Cloud):
    server_id = cloud.server()
    cloud.images.refusal = 413
    answer = snapshot(cloud, server_id)
    assert answer.status_code == 403
    assert "no more images" in answer.text
    cloud.wait(server_id, "ACTIVE")


def test_an_image_that_is_deleted_on_the_way_ends_the_snapshot(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.delay_s = 0.3
    image_id = snapshot(cloud, server_id, "2.45").json["image_id"]
    del cloud.images.images[image_id]
    cloud.wait(server_id, "ACTIVE")
    assert image_id not in cloud.images.images


def test_a_deletion_overtakes_a_snapshot_and_takes_its_image_along(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.driver.delay_s = 0.5
    image_id = snapshot(cloud, server_id, "2.45").json["image_id"]
    assert cloud.delete(f"/servers/{server_id}").status_code == 204
    cloud.gone(server_id)
    assert image_id not in cloud.images.images


def test_a_worker_that_dies_on_the_way_takes_the_snapshot_up_again(cloud: Cloud):
    server_id = cloud.server()
    cloud.worker.stop()
    image_id = snapshot(cloud, server_id, "2.45").json["image_id"]
    cloud.worker.start()
    whole(cloud, image_id)
    assert cloud.worker.driver.guests() == {server_id: GuestState.RUNNING}


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x" * 256}, {"metadata": {"": "x"}}])
def test_nonsense_is_refused(cloud: Cloud, wrong: dict[str, Any]):
    assert snapshot(cloud, cloud.server(), **wrong).status_code == 400


def back_up(cloud: Cloud, server_id: str, name: str, rotation: object = 2) -> Any:
    body = {"createBackup": {"name": name, "backup_type": "daily", "rotation": rotation}}
    answer = cloud.post(f"/servers/{server_id}/action", body)
    cloud.wait(server_id, "ACTIVE")
    return answer


def test_the_newest_backups_are_kept(cloud: Cloud):
    server_id = cloud.server()
    for name in ("one", "two", "three"):
        assert back_up(cloud, server_id, name).status_code == 202
    kept = [one["name"] for one in cloud.images.images.values() if "backup_type" in one]
    assert kept == ["two", "three"]
    assert "Location" not in back_up(cloud, server_id, "four", 0).headers
    assert not [one for one in cloud.images.images.values() if "backup_type" in one]
    assert back_up(cloud, server_id, "five", -1).status_code == 400
