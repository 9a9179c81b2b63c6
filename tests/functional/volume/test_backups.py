"""Backups by the API, in a directory of their own."""

import base64
import json
import subprocess
import uuid

from tests.support.waiting import wait_for


def write(cloud, volume_id, byte, offset="0"):
    path = str(cloud.pool / "volumes" / volume_id)
    command = ["qemu-io", "-f", "qcow2", "-c", f"write -P {byte} {offset} 64k", path]
    subprocess.check_call(command, stdout=subprocess.DEVNULL)


def holds(cloud, volume_id, byte, offset="0"):
    path = str(cloud.pool / "volumes" / volume_id)
    command = ["qemu-io", "-f", "qcow2", "-c", f"read -P {byte} {offset} 64k", path]
    return b"verification failed" not in subprocess.check_output(command)


def shown(cloud, backup_id):
    answer = cloud.call("GET", f"/backups/{backup_id}")
    return answer.json["backup"] if answer.status_code == 200 else {"status": "deleted"}


def back_up(cloud, volume_id, **values):
    body = {"backup": {"volume_id": volume_id, **values}}
    answer = cloud.call("POST", "/backups", body)
    assert answer.status_code == 202, answer.text
    backup_id = answer.json["backup"]["id"]
    wait_for(lambda: shown(cloud, backup_id)["status"], "available")
    return backup_id


def restore(cloud, backup_id, **values):
    answer = cloud.call("POST", f"/backups/{backup_id}/restore", {"restore": values})
    assert answer.status_code == 202, answer.text
    volume_id = answer.json["restore"]["volume_id"]
    cloud.wait(volume_id, "available")
    wait_for(lambda: shown(cloud, backup_id)["status"], "available")
    return volume_id


def kept(cloud):
    """What lies in the directory of backups."""
    return {one.name for one in (cloud.pool.parent / "backups").iterdir()}


def test_a_backup_outlives_its_volume_and_comes_back_as_another(any_cloud):
    cloud = any_cloud
    volume_id = cloud.volume(metadata={"a": "b"})
    write(cloud, volume_id, 5)
    backup_id = back_up(cloud, volume_id, name="night")
    assert cloud.status(volume_id) == "available"
    cloud.call("DELETE", f"/volumes/{volume_id}")
    cloud.wait(volume_id, "deleted")
    again = restore(cloud, backup_id)
    assert holds(cloud, again, 5)
    assert cloud.get(f"/volumes/{again}")["volume"]["metadata"] == {"a": "b"}
    assert cloud.call("DELETE", f"/backups/{backup_id}").status_code == 202
    wait_for(lambda: shown(cloud, backup_id)["status"], "deleted")
    assert kept(cloud) == set()
    cloud.call("DELETE", f"/volumes/{again}")
    cloud.wait(again, "deleted")
    assert cloud.layers() == set()


def test_an_incremental_backup_takes_only_what_is_new_and_needs_those_below(cloud):
    volume_id = cloud.volume()
    early = cloud.call(
        "POST", "/backups", {"backup": {"volume_id": volume_id, "incremental": True}}
    )
    assert early.status_code == 400
    write(cloud, volume_id, 1)
    write(cloud, volume_id, 1, "8M")
    full = back_up(cloud, volume_id)
    write(cloud, volume_id, 2, "8M")
    more = back_up(cloud, volume_id, incremental=True)
    assert (shown(cloud, full)["object_count"], shown(cloud, more)["object_count"]) == (1, 1)
    assert shown(cloud, full)["has_dependent_backups"] is True
    assert cloud.call("DELETE", f"/backups/{full}").status_code == 400
    write(cloud, volume_id, 9)
    restore(cloud, more, volume_id=volume_id)
    assert holds(cloud, volume_id, 1)
    assert holds(cloud, volume_id, 2, "8M")


def test_a_damaged_backup_is_not_brought_back_and_says_so(cloud):
    volume_id = cloud.volume()
    write(cloud, volume_id, 1)
    backup_id = back_up(cloud, volume_id)
    data = cloud.pool.parent / "backups" / backup_id / "data"
    data.write_bytes(bytes(reversed(data.read_bytes())))
    answer = cloud.call("POST", f"/backups/{backup_id}/restore", {"restore": {}})
    broken = answer.json["restore"]["volume_id"]
    cloud.wait(broken, "error_restoring")
    wait_for(lambda: shown(cloud, backup_id)["status"], "available")
    assert "damaged" in shown(cloud, backup_id)["fail_reason"]
    assert cloud.call("DELETE", f"/volumes/{broken}").status_code == 202
    cloud.wait(broken, "deleted")


def test_a_volume_in_use_is_backed_up_by_way_of_a_snapshot_that_goes(cloud):
    volume_id = cloud.volume()
    write(cloud, volume_id, 3)
    cloud.attached(volume_id, str(uuid.uuid4()))
    body = {"backup": {"volume_id": volume_id}}
    assert cloud.call("POST", "/backups", body).status_code == 400
    body["backup"]["force"] = True
    backup_id = cloud.call("POST", "/backups", body).json["backup"]["id"]
    wait_for(lambda: [path for path, _ in cloud.compute.asked if "assisted" in path])
    assert cloud.status(volume_id) == "backing-up"
    snapshot_id = cloud.compute.asked[-1][1]["snapshot"]["create_info"]["snapshot_id"]
    action = {"os-update_snapshot_status": {"status": "available"}}
    done = cloud.call(
        "POST", f"/snapshots/{snapshot_id}/action", action, roles=("service", "admin")
    )
    assert done.status_code == 202
    wait_for(lambda: shown(cloud, backup_id)["status"], "available")
    cloud.wait(volume_id, "in-use")
    cloud.wait(snapshot_id, "deleted", "snapshot")


def test_a_guest_that_cannot_be_snapshotted_leaves_the_backup_in_error(cloud):
    volume_id = cloud.volume()
    cloud.attached(volume_id, str(uuid.uuid4()))
    cloud.compute.refusal = 400
    body = {"backup": {"volume_id": volume_id, "force": True}}
    backup_id = cloud.call("POST", "/backups", body).json["backup"]["id"]
    wait_for(lambda: shown(cloud, backup_id)["status"], "error")
    cloud.wait(volume_id, "in-use")
    wait_for(lambda: cloud.get("/snapshots")["snapshots"], [])


def test_a_backup_is_known_again_by_its_record(cloud):
    volume_id = cloud.volume()
    write(cloud, volume_id, 4)
    backup_id = back_up(cloud, volume_id)
    record = cloud.get(f"/backups/{backup_id}/export_record", admin=True)["backup-record"]
    assert cloud.call("GET", f"/backups/{backup_id}/export_record").status_code == 403
    found = json.loads(base64.b64decode(record["backup_url"]))
    found["id"] = str(uuid.uuid4())
    record["backup_url"] = base64.b64encode(json.dumps(found).encode()).decode()
    body = {"backup-record": record}
    answer = cloud.call("POST", "/backups/import_record", body, admin=True)
    assert answer.status_code == 201, answer.text
    assert cloud.call("POST", "/backups/import_record", body, admin=True).status_code == 400
    assert cloud.call("DELETE", f"/backups/{backup_id}").status_code == 202
    wait_for(lambda: shown(cloud, backup_id)["status"], "deleted")
    assert holds(cloud, restore(cloud, found["id"]), 4)
    nonsense = {"backup-record": {**record, "backup_url": "bm9uc2Vuc2U="}}
    refused = cloud.call("POST", "/backups/import_record", nonsense, admin=True)
    assert refused.status_code == 400


def test_a_worker_that_died_over_a_backup_makes_it_whole_when_it_is_back(cloud):
    volume_id = cloud.volume()
    write(cloud, volume_id, 6)
    cloud.stop_worker()
    part = cloud.pool.parent / "backups" / "left.part"
    part.mkdir()
    (part / "data").write_bytes(b"half")
    body = {"backup": {"volume_id": volume_id}}
    backup_id = cloud.call("POST", "/backups", body).json["backup"]["id"]
    assert cloud.status(volume_id) == "backing-up"
    cloud.start_worker()
    wait_for(lambda: shown(cloud, backup_id)["status"], "available")
    assert kept(cloud) == {backup_id}


def test_a_strangers_backup_is_not_found(cloud):
    backup_id = back_up(cloud, cloud.volume())
    calls = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/restore")]
    bodies = {"PUT": {"backup": {"name": "x"}}, "POST": {"restore": {}}}
    for method, rest in calls:
        path = f"/backups/{backup_id}{rest}"
        answer = cloud.call(method, path, bodies.get(method), project_id="9" * 32)
        assert answer.status_code == 404, (method, answer.text)
