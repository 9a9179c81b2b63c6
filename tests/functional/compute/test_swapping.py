"""A server's volume swapped for another."""

import uuid

from compute.drivers.base import GuestFault
from tests.functional.compute.test_failures import overdue
from tests.functional.compute.test_volumes import attach, attachments, status
from tests.support.tokens import PROJECT_ID
from tests.support.waiting import wait_for

ADMIN = {"roles": ("admin",)}


def swap(cloud, server_id, old, new, version="2.84", **caller):
    path = f"/servers/{server_id}/os-volume_attachments/{old}"
    body = {"volumeAttachment": {"volumeId": new}}
    return cloud.put(path, body, version, **(caller or ADMIN))


def moving(cloud):
    """Return a server, a volume of it that migrates, and a free one."""
    server_id, old = cloud.server(), cloud.volumes.add(PROJECT_ID)
    new = cloud.volumes.add(PROJECT_ID, size=2)
    attach(cloud, server_id, old, "2.79", delete_on_termination=True)
    wait_for(lambda: status(cloud, old), "in-use")
    cloud.wait(server_id, "ACTIVE")
    cloud.volumes.volumes[old]["migration_status"] = "migrating"
    return server_id, old, new


def test_a_volume_that_migrates_is_swapped_for_another_under_its_name(any_cloud):
    cloud = any_cloud
    server_id, old, new = moving(cloud)
    before = attachments(cloud, server_id)[0]
    answer = swap(cloud, server_id, old, new)
    assert answer.status_code == 202, answer.text
    wait_for(lambda: (status(cloud, old), status(cloud, new)), ("available", "in-use"))
    shown = wait_for(lambda: attachments(cloud, server_id))
    assert [(one["volumeId"], one["device"]) for one in shown] == [(new, "/dev/vdb")]
    assert shown[0]["bdm_uuid"] == before["bdm_uuid"]
    assert shown[0]["attachment_id"] != before["attachment_id"]
    assert shown[0]["delete_on_termination"] is True
    assert set(cloud.worker.driver.disks(server_id)) == {new}
    told = ("os-migrate_volume_completion", {"new_volume": new, "error": False})
    assert (old, *told) in cloud.volumes.told
    wait_for(lambda: [one["volume_id"] for one in cloud.volumes.attachments.values()], [new])
    events = cloud.get(f"/servers/{server_id}/os-instance-actions").json["instanceActions"]
    assert events[0]["action"] == "swap_volume"


def test_a_volume_is_swapped_back(cloud):
    server_id, old, new = moving(cloud)
    cloud.volumes.volumes[old]["size"] = 2
    assert swap(cloud, server_id, old, new).status_code == 202
    wait_for(lambda: (status(cloud, old), status(cloud, new)), ("available", "in-use"))
    cloud.volumes.volumes[new]["migration_status"] = "migrating"
    assert swap(cloud, server_id, new, old, "2.85").status_code == 202
    wait_for(lambda: (status(cloud, old), status(cloud, new)), ("in-use", "available"))
    assert set(cloud.worker.driver.disks(server_id)) == {old}
    path = f"/servers/{server_id}/os-volume_attachments/{old}"
    assert cloud.delete(path).status_code == 202
    wait_for(lambda: status(cloud, old), "available")
    assert cloud.worker.driver.disks(server_id) == {}


def test_a_replacement_takes_the_volumes_place_under_its_id(cloud):
    server_id, old, new = moving(cloud)
    cloud.volumes.volumes[new] |= {"migration_status": f"target:{old}", "size": 1}
    assert swap(cloud, server_id, old, new).status_code == 202
    wait_for(lambda: str(cloud.worker.driver.disks(server_id)[old].path), f"/pool/volumes/{new}")
    wait_for(lambda: len(cloud.volumes.attachments), 1)
    cloud.wait(server_id, "ACTIVE")
    shown = attachments(cloud, server_id)
    assert [(one["volumeId"], one["device"]) for one in shown] == [(old, "/dev/vdb")]
    assert [shown[0]["attachment_id"]] == list(cloud.volumes.attachments)
    assert (status(cloud, old), new in cloud.volumes.volumes) == ("in-use", False)
    cloud.post(f"/servers/{server_id}/action", {"rebuild": {"imageRef": cloud.image_id}})
    cloud.wait(server_id, "ACTIVE")
    disk = cloud.worker.driver.disks(server_id)[old]
    assert (str(disk.path), disk.format) == (f"/pool/volumes/{old}", "raw")


def test_what_cannot_be_swapped_is_refused_and_changes_nothing(cloud):
    server_id, old, new = moving(cloud)
    member = {"roles": ("member", "reader")}
    assert swap(cloud, server_id, old, new, **member).status_code == 403
    assert swap(cloud, server_id, old, new, "2.85", **member).status_code == 403
    assert swap(cloud, server_id, str(uuid.uuid4()), new).status_code == 404
    assert swap(cloud, server_id, old, str(uuid.uuid4())).status_code == 400
    small = cloud.volumes.add(PROJECT_ID, size=0)
    used = cloud.volumes.add(PROJECT_ID, status="in-use")
    for other in (small, used, old):
        refused = swap(cloud, server_id, old, other)
        assert refused.status_code == 400, refused.text
    for value in (None, "success", "error"):
        cloud.volumes.volumes[old]["migration_status"] = value
        refused = swap(cloud, server_id, old, new)
        assert refused.status_code == 409
        assert "is not migrating" in refused.text
    cloud.volumes.volumes[old]["migration_status"] = "migrating"
    cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    cloud.wait(server_id, "SHUTOFF")
    assert swap(cloud, server_id, old, new).status_code == 409
    assert (status(cloud, old), status(cloud, new)) == ("in-use", "available")
    assert [one["volumeId"] for one in attachments(cloud, server_id)] == [old]


def test_a_swap_that_the_host_cannot_do_leaves_the_volume_as_it_was(cloud):
    server_id, old, new = moving(cloud)
    cloud.worker.driver.fail("swap_volume", GuestFault(reason="no room"))
    assert swap(cloud, server_id, old, new).status_code == 202
    cloud.wait(server_id, "ACTIVE")
    wait_for(lambda: (status(cloud, old), status(cloud, new)), ("in-use", "available"))
    assert [one["volumeId"] for one in attachments(cloud, server_id)] == [old]
    told = ("os-migrate_volume_completion", {"new_volume": new, "error": True})
    wait_for(lambda: (old, *told) in cloud.volumes.told)


def test_a_swap_that_the_volume_service_refuses_leaves_the_volume_as_it_was(cloud):
    server_id, old, new = moving(cloud)
    cloud.volumes.refusal = "somebody was faster"
    refused = swap(cloud, server_id, old, new)
    assert refused.status_code == 400
    assert "somebody was faster" in refused.text
    assert (status(cloud, old), status(cloud, new)) == ("in-use", "available")
    assert swap(cloud, server_id, old, str(uuid.uuid4())).status_code == 400


def test_a_swap_whose_api_process_ended_is_gone_on_with(cloud):
    server_id, old, new = moving(cloud)

    def down(method, path):
        if (method, path) == ("POST", f"/volumes/{old}/action"):
            cloud.volume_adapter.before = lambda method, path: None
            raise RuntimeError("the process ends here")

    cloud.volume_adapter.before = down
    assert swap(cloud, server_id, old, new).status_code == 500
    overdue(cloud)
    wait_for(lambda: (status(cloud, old), status(cloud, new)), ("available", "in-use"))


def test_what_a_server_cannot_do_in_a_swap_says_what_it_is_at(cloud):
    server_id, old, new = moving(cloud)
    cloud.worker.driver.delay_s = 1
    assert swap(cloud, server_id, old, new).status_code == 202
    refused = cloud.post(f"/servers/{server_id}/action", {"os-stop": None})
    assert refused.status_code == 409
    assert "in the midst of swap_volume" in refused.text
    cloud.worker.driver.delay_s = 0
    wait_for(lambda: (status(cloud, old), status(cloud, new)), ("available", "in-use"))


def test_a_server_that_is_deleted_in_a_swap_leaves_no_attachment(cloud):
    server_id, old, new = moving(cloud)
    cloud.worker.driver.delay_s = 0.5
    assert swap(cloud, server_id, old, new).status_code == 202
    cloud.delete(f"/servers/{server_id}")
    cloud.gone(server_id)
    wait_for(lambda: cloud.volumes.attachments, {})
    assert status(cloud, new) == "available"
    assert old not in cloud.volumes.volumes
