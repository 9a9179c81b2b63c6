"""Volumes that move while a guest uses them."""

import datetime as dt
import pathlib
import subprocess
import uuid

import pytest
import sqlalchemy as sa

from tests.functional.volume.test_encrypted import encrypted_type
from tests.support.waiting import wait_for
from volume.db.models import Volume
from volume.logic import moving

SERVICE = {"roles": ("service", "admin")}


def completed(cloud, volume_id, new_id, *, error=False, **options):
    given = {"new_volume": new_id, "error": error}
    return cloud.act(volume_id, "os-migrate_volume_completion", given, **(options or SERVICE))


def moves(cloud, volume_id):
    return cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]["migration_status"]


def test_a_volume_that_was_swapped_for_another_moves_no_longer(any_cloud):
    cloud = any_cloud
    old, new = cloud.volume(), cloud.volume()
    member = {"roles": ("member", "reader")}
    assert completed(cloud, old, new, **member).status_code == 403
    assert completed(cloud, str(uuid.uuid4()), new).status_code == 404
    for error, kept, after in ((False, new, "success"), (True, old, "error")):
        cloud.act(old, "os-reset_status", {"migration_status": "migrating"}, admin=True)
        for _ in range(2):
            answer = completed(cloud, old, new, error=error)
            assert answer.status_code == 200, answer.text
            assert answer.json == {"save_volume_id": kept}
        assert moves(cloud, old) == after


SERVER = "22222222-2222-4222-8222-222222222222"
RAW = {"new_type": "raw", "migration_policy": "on-demand"}


def used(cloud):
    """Return a volume that a server uses, with its attachment; there is a type `raw`."""
    wanted = {"name": "raw", "extra_specs": {"format": "raw"}}
    assert cloud.call("POST", "/types", {"volume_type": wanted}, admin=True).status_code == 200
    volume_id = cloud.volume(name="data", metadata={"a": "1"})
    return volume_id, cloud.attached(volume_id, SERVER)["id"]


def asked(cloud):
    """Return the replacements that compute was asked to let a guest go over to."""
    told = [body for path, body in cloud.compute.asked if "os-volume_attachments" in path]
    return [body["volumeAttachment"]["volumeId"] for body in told]


def overdue(cloud):
    with cloud.database.transaction() as session:
        past = dt.datetime(2020, 1, 1)
        session.execute(sa.update(Volume).where(Volume.deadline.is_not(None)).values(deadline=past))


def shown(cloud, volume_id):
    volume = cloud.get(f"/volumes/{volume_id}", admin=True)["volume"]
    return volume["status"], volume["migration_status"], volume["volume_type"]


def go_over(cloud, new_id, byte):
    """Do what compute does to a replacement, and the guest."""
    attachment = cloud.attached(new_id, SERVER)
    path = str(cloud.pool / "volumes" / new_id)
    subprocess.check_call(["qemu-io", "-f", "raw", "-c", f"write -P {byte} 0 64k", path])
    return attachment["id"]


def test_a_volume_in_use_gets_a_type_that_keeps_it_another_way(any_cloud):
    cloud = any_cloud
    volume_id, before = used(cloud)
    refused = cloud.act(volume_id, "os-retype", {**RAW, "migration_policy": "never"})
    assert refused.status_code == 400
    assert "on-demand" in refused.text
    assert cloud.act(volume_id, "os-retype", RAW).status_code == 202
    (new_id,) = wait_for(lambda: asked(cloud))
    assert shown(cloud, volume_id) == ("retyping", "migrating", "standard")
    assert shown(cloud, new_id) == ("available", f"target:{volume_id}", "raw")
    ids = [one["id"] for one in cloud.get("/volumes")["volumes"]]
    assert ids == [volume_id]
    everything = cloud.get("/volumes", admin=True)["volumes"]
    assert {one["id"] for one in everything} == {volume_id, new_id}
    assert cloud.call("DELETE", f"/volumes/{new_id}").status_code == 400
    detaching = cloud.act(volume_id, "os-begin_detaching", **SERVICE)
    assert detaching.status_code == 202
    after = go_over(cloud, new_id, 7)
    for _ in range(2):
        answer = completed(cloud, volume_id, new_id)
        assert answer.status_code == 200, answer.text
    assert answer.json == {"save_volume_id": volume_id}
    assert shown(cloud, volume_id) == ("in-use", "success", "raw")
    assert cloud.status(new_id) == "deleted"
    made = {"attachment": {"connector": {"host": cloud.conf.host}}}
    reached = cloud.call("PUT", f"/attachments/{after}", made, **SERVICE).json["attachment"]
    info = reached["connection_info"]
    assert (info["format"], info["volume_id"]) == ("raw", volume_id)
    assert cloud.call("DELETE", f"/attachments/{before}", **SERVICE).status_code == 200
    held = cloud.get(f"/volumes/{volume_id}")["volume"]
    assert [one["attachment_id"] for one in held["attachments"]] == [after]
    assert (held["name"], held["metadata"]["a"]) == ("data", "1")
    path = pathlib.Path(info["device_path"])
    read = ["qemu-io", "-r", "-f", "raw", "-c", "read -P 7 0 64k", str(path)]
    subprocess.check_call(read)
    assert cloud.layers() == {path.resolve().name}
    cloud.call("DELETE", f"/attachments/{after}", **SERVICE)
    cloud.wait(volume_id, "available")


def test_a_volume_in_use_is_encrypted_and_its_old_bytes_are_gone(cloud):
    kind = encrypted_type(cloud)
    volume_id, before = used(cloud)
    wanted = {"new_type": kind, "migration_policy": "on-demand"}
    assert cloud.act(volume_id, "os-retype", wanted).status_code == 202
    (new_id,) = wait_for(lambda: asked(cloud))
    attachment = cloud.attached(new_id, SERVER)
    key = attachment["connection_info"]["key_path"]
    assert completed(cloud, volume_id, new_id).status_code == 200
    assert shown(cloud, volume_id) == ("in-use", "success", kind)
    made = {"attachment": {"connector": {"host": cloud.conf.host}}}
    path = f"/attachments/{attachment['id']}"
    info = cloud.call("PUT", path, made, **SERVICE).json["attachment"]["connection_info"]
    assert (info["encrypted"], info["key_path"]) == (True, key)
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["encrypted"] is True
    (layer,) = cloud.layers()
    assert layer.startswith("key-")
    for one in (before, attachment["id"]):
        cloud.call("DELETE", f"/attachments/{one}", **SERVICE)
    cloud.wait(volume_id, "available")
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 202
    cloud.wait(volume_id, "deleted")
    assert not pathlib.Path(key).exists()


def test_a_move_that_compute_refuses_leaves_the_volume_as_it_was(cloud):
    volume_id, _ = used(cloud)
    cloud.compute.refusal = 400
    assert cloud.act(volume_id, "os-retype", RAW).status_code == 202
    wait_for(lambda: shown(cloud, volume_id), ("in-use", "error", "standard"))
    (new_id,) = asked(cloud)
    cloud.wait(new_id, "deleted", admin=True)
    assert len(cloud.layers()) == 1
    found = cloud.get("/messages")["messages"]
    assert [one["resource_uuid"] for one in found] == [volume_id]


def test_a_move_that_fails_on_the_host_leaves_the_volume_as_it_was(cloud):
    volume_id, _ = used(cloud)
    cloud.act(volume_id, "os-retype", RAW)
    (new_id,) = wait_for(lambda: asked(cloud))
    after = go_over(cloud, new_id, 7)
    for _ in range(2):
        answer = completed(cloud, volume_id, new_id, error=True)
        assert answer.json == {"save_volume_id": volume_id}
    assert shown(cloud, volume_id) == ("in-use", "error", "standard")
    cloud.call("DELETE", f"/attachments/{after}", **SERVICE)
    cloud.wait(new_id, "deleted", admin=True)
    assert len(cloud.layers()) == 1


def test_a_move_that_was_given_up_and_succeeded_is_ended_well(cloud):
    volume_id, before = used(cloud)
    cloud.act(volume_id, "os-retype", RAW)
    (new_id,) = wait_for(lambda: asked(cloud))
    after = go_over(cloud, new_id, 7)
    reset = {"status": "in-use", "migration_status": "none"}
    assert cloud.act(volume_id, "os-reset_status", reset, admin=True).status_code == 202
    for _ in range(2):
        answer = completed(cloud, volume_id, new_id)
        assert answer.json == {"save_volume_id": volume_id}, answer.text
    assert shown(cloud, volume_id) == ("in-use", "success", "raw")
    held = cloud.get(f"/volumes/{volume_id}")["volume"]["attachments"]
    assert {one["attachment_id"] for one in held} == {before, after}
    assert cloud.status(new_id, admin=True) == "deleted"


def test_a_server_that_is_busy_is_asked_of_again_only_while_it_is_at_it(cloud):
    volume_id, _ = used(cloud)
    cloud.compute.refusal = 503
    cloud.act(volume_id, "os-retype", RAW)
    (new_id,) = wait_for(lambda: asked(cloud))
    after = go_over(cloud, new_id, 7)
    cloud.compute.refusal = 409
    overdue(cloud)
    wait_for(lambda: len(asked(cloud)), 2)
    assert shown(cloud, volume_id) == ("retyping", "migrating", "standard")
    cloud.call("DELETE", f"/attachments/{after}", **SERVICE)
    overdue(cloud)
    wait_for(lambda: shown(cloud, volume_id), ("in-use", "error", "standard"))
    cloud.wait(new_id, "deleted", admin=True)


def test_a_move_goes_on_after_its_processes_died(cloud):
    volume_id, _ = used(cloud)
    cloud.stop_worker()
    cloud.act(volume_id, "os-retype", RAW)
    cloud.stop_controller()
    cloud.start_worker()
    cloud.start_controller()
    overdue(cloud)
    (new_id,) = wait_for(lambda: asked(cloud)[:1])
    go_over(cloud, new_id, 7)
    cloud.stop_worker()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moving, "PATIENCE_S", 0.1)
        assert completed(cloud, volume_id, new_id).status_code == 503
    cloud.start_worker()
    overdue(cloud)
    assert completed(cloud, volume_id, new_id).status_code == 200
    assert shown(cloud, volume_id) == ("in-use", "success", "raw")
