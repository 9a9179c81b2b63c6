"""Volumes by the API, on a pool of files."""

import concurrent.futures
import json
import os
import subprocess
import time
import uuid

from tests.support.tokens import PROJECT_ID
from tests.support.waiting import wait_for
from volume.drivers import loading

OTHER = "9" * 32
SERVER = str(uuid.uuid4())


def test_a_volume_comes_grows_and_goes_and_leaves_nothing(any_cloud):
    cloud = any_cloud
    volume_id = cloud.volume(name="data", metadata={"a": "1"})
    shown = cloud.get(f"/volumes/{volume_id}")["volume"]
    assert (shown["size"], shown["name"], shown["metadata"]) == (1, "data", {"a": "1"})
    assert shown["bootable"] == "false"
    assert "os-vol-host-attr:host" not in shown
    assert cloud.act(volume_id, "os-extend", {"new_size": 3}).status_code == 202
    wait_for(lambda: cloud.get(f"/volumes/{volume_id}")["volume"]["size"], 3)
    size = subprocess.check_output(
        ["qemu-img", "info", "--output=json", str(cloud.pool / "volumes" / volume_id)]
    )
    assert b'"virtual-size": 3221225472' in size
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 202
    cloud.wait(volume_id, "deleted")
    assert cloud.layers() == set()


def test_the_project_may_stand_in_the_address_if_it_is_the_callers(cloud):
    assert cloud.call("GET", f"/{PROJECT_ID}/volumes").status_code == 200
    refused = cloud.call("GET", f"/{OTHER}/volumes")
    assert refused.status_code == 400
    assert OTHER in refused.json["badRequest"]["message"]


def test_another_service_works_for_the_project_in_the_address_and_names_the_volume(cloud):
    wanted = {"volume": {"size": 1, "id": str(uuid.uuid4()), "user_id": "ann"}}
    for _ in range(2):
        answer = cloud.call("POST", f"/{OTHER}/volumes", wanted, roles=("service", "admin"))
        assert answer.status_code == 202, answer.text
        assert answer.json["volume"]["id"] == wanted["volume"]["id"]
    shown = cloud.get(f"/volumes/{wanted['volume']['id']}", project_id=OTHER)["volume"]
    assert (shown["user_id"], shown["os-vol-tenant-attr:tenant_id"]) == ("ann", OTHER)


def test_a_member_names_no_volume_itself(cloud):
    wanted = {"volume": {"size": 1, "id": str(uuid.uuid4())}}
    answer = cloud.call("POST", "/volumes", wanted)
    assert answer.json["volume"]["id"] != wanted["volume"]["id"]


def test_a_strangers_volume_is_not_found(cloud):
    volume_id = cloud.volume()
    calls = [("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/action"), ("GET", "/metadata")]
    bodies = {"PUT": {"volume": {"name": "x"}}, "POST": {"os-extend": {"new_size": 2}}}
    for method, rest in calls:
        path = f"/volumes/{volume_id}{rest}"
        answer = cloud.call(method, path, bodies.get(method), project_id=OTHER)
        assert answer.status_code == 404, (method, rest, answer.text)
    assert cloud.get("/volumes/detail", project_id=OTHER)["volumes"] == []


def test_a_volume_for_several_servers_is_raw(cloud):
    wanted = {"name": "shared", "extra_specs": {"multiattach": "<is> True"}}
    kind = cloud.call("POST", "/types", {"volume_type": wanted}, admin=True).json["volume_type"]
    volume_id = cloud.volume(volume_type=kind["id"])
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["multiattach"] is True
    plain = cloud.volume()
    cloud.act(plain, "os-retype", {"new_type": "shared", "migration_policy": "never"})
    wait_for(lambda: cloud.get(f"/volumes/{plain}")["volume"]["volume_type"], "shared")
    cloud.wait(plain, "available")
    assert {name.rpartition(".")[2] for name in cloud.layers()} == {"raw"}
    assert cloud.get(f"/volumes/{plain}")["volume"]["multiattach"] is True


def test_a_copy_has_the_bytes_of_its_source_and_copies_none(cloud):
    volume_id = cloud.volume()
    path = str(cloud.pool / "volumes" / volume_id)
    subprocess.check_call(["qemu-io", "-f", "qcow2", "-c", "write -P 7 0 64k", path])
    snapshot_id = cloud.snapshot(volume_id)
    subprocess.check_call(["qemu-io", "-f", "qcow2", "-c", "write -P 8 0 64k", path])
    of_snapshot = cloud.volume(size=None, snapshot_id=snapshot_id)
    of_volume = cloud.volume(size=2, source_volid=volume_id)
    for one, byte in ((of_snapshot, 7), (of_volume, 8), (volume_id, 8)):
        read = ["qemu-io", "-f", "qcow2", "-c", f"read -P {byte} 0 64k"]
        said = subprocess.check_output([*read, str(cloud.pool / "volumes" / one)])
        assert b"verification failed" not in said
    held = [os.stat(cloud.pool / "layers" / name).st_blocks * 512 for name in cloud.layers()]
    assert sum(held) < 4 << 20


def test_layers_go_with_the_last_that_needs_them(cloud):
    volume_id = cloud.volume()
    snapshot_id = cloud.snapshot(volume_id)
    copy_id = cloud.volume(size=1, snapshot_id=snapshot_id)
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 400
    assert cloud.call("DELETE", f"/snapshots/{snapshot_id}").status_code == 202
    cloud.wait(snapshot_id, "deleted", "snapshot")
    for one in (volume_id, copy_id):
        assert cloud.call("DELETE", f"/volumes/{one}").status_code == 202
        cloud.wait(one, "deleted")
    assert cloud.layers() == set()


def test_with_cascade_a_volume_goes_with_its_snapshots(cloud):
    volume_id = cloud.volume()
    kept = [cloud.snapshot(volume_id) for _ in range(2)]
    answer = cloud.call("DELETE", f"/volumes/{volume_id}?cascade=true")
    assert answer.status_code == 202
    cloud.wait(volume_id, "deleted")
    assert {cloud.status(one, "snapshot") for one in kept} == {"deleted"}
    assert cloud.layers() == set()


def test_a_volume_of_an_image_boots_and_remembers_it(cloud):
    image_id = cloud.images.add(b"boot" * 4096, name="cirros", os_distro="x")
    volume_id = cloud.volume(imageRef=image_id)
    shown = cloud.get(f"/volumes/{volume_id}")["volume"]
    assert shown["bootable"] == "true"
    assert shown["volume_image_metadata"]["image_id"] == image_id
    read = ["qemu-img", "dd", "-f", "qcow2", "-O", "raw", "bs=16384", "count=1"]
    source = cloud.pool / "volumes" / volume_id
    subprocess.check_call([*read, f"if={source}", f"of={cloud.pool / 'out'}"])
    assert (cloud.pool / "out").read_bytes() == b"boot" * 4096


def test_of_an_image_that_consists_of_snapshots_a_volume_is_made_from_the_first(cloud):
    snapshot_id = cloud.snapshot(cloud.volume(size=2))
    mapping = [
        {"snapshot_id": snapshot_id, "boot_index": 0, "source_type": "snapshot"},
        {"snapshot_id": str(uuid.uuid4()), "boot_index": None, "source_type": "snapshot"},
    ]
    image_id = cloud.images.add(b"", block_device_mapping=json.dumps(mapping), bdm_v2="True")
    wanted = {"volume": {"size": 3, "imageRef": image_id}}
    assert cloud.call("POST", "/volumes", wanted, version="3.45").status_code == 400
    volume_id = cloud.volume(size=3, imageRef=image_id)
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["snapshot_id"] == snapshot_id
    broken = cloud.images.add(b"", block_device_mapping="[]")
    wanted = {"volume": {"size": 3, "imageRef": broken}}
    assert cloud.call("POST", "/volumes", wanted).status_code == 400


def test_what_the_pool_keeps_of_an_image_goes_with_it_and_its_last_volume(cloud):
    image_id = cloud.images.add(b"boot" * 4096)
    kept, gone = cloud.volume(imageRef=image_id), cloud.volume(imageRef=image_id)
    (base,) = (cloud.pool / "layers").glob(f"image-{image_id}-*")
    downloads = [path for _, path in cloud.image_calls if path.endswith("/file")]
    assert len(downloads) == 1
    cloud.call("DELETE", f"/volumes/{gone}")
    cloud.wait(gone, "deleted")
    del cloud.images.images[image_id]
    os.utime(base, (time.time() - 60,) * 2)
    assert loading.driver(cloud.conf).unused_images() == set()
    cloud.call("DELETE", f"/volumes/{kept}")
    wait_for(cloud.layers, set(), timeout_s=10)


def test_an_image_with_a_backing_file_is_refused_and_its_message_says_so(cloud, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"s" * 65536)
    trick = tmp_path / "trick.qcow2"
    create = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(secret), str(trick)]
    subprocess.check_call(create)
    image_id = cloud.images.add(trick.read_bytes(), disk_format="qcow2")
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 1, "imageRef": image_id}})
    volume_id = answer.json["volume"]["id"]
    cloud.wait(volume_id, "error")
    messages = cloud.get("/messages")["messages"]
    assert [one["resource_uuid"] for one in messages] == [volume_id]
    assert "backing" in messages[0]["user_message"]


def test_an_image_is_made_of_a_volume(cloud):
    volume_id = cloud.volume()
    given = {"image_name": "copy", "disk_format": "qcow2"}
    answer = cloud.act(volume_id, "os-volume_upload_image", given)
    assert answer.status_code == 202, answer.text
    image_id = answer.json["os-volume_upload_image"]["image_id"]
    cloud.wait(volume_id, "available")
    assert cloud.images.images[image_id]["status"] == "active"
    assert cloud.images.data[image_id][:4] == b"QFI\xfb"


def test_twenty_at_once_against_a_quota_of_ten_leave_ten(any_cloud):
    cloud = any_cloud

    def create(_):
        return cloud.call("POST", "/volumes", {"volume": {"size": 1}}).status_code

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(create, range(20)))
    assert sorted(statuses) == [202] * 10 + [413] * 10
    assert len(cloud.get("/volumes")["volumes"]) == 10
    used = cloud.get(f"/os-quota-sets/{PROJECT_ID}?usage=True")["quota_set"]["volumes"]
    assert used == {"in_use": 10, "limit": 10, "reserved": 0}


def test_over_quota_the_answer_says_which_figure(cloud):
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 2000}})
    assert answer.status_code == 413
    assert "gigabytes" in answer.json["overLimit"]["message"]


def test_a_volume_that_no_host_takes_ends_in_error_and_the_message_says_why(cloud):
    kind = {"volume_type": {"name": "odd", "extra_specs": {"vendor_name": "Nobody"}}}
    assert cloud.call("POST", "/types", kind, admin=True).status_code == 200
    wanted = {"volume": {"size": 1, "volume_type": "odd"}}
    volume_id = cloud.call("POST", "/volumes", wanted).json["volume"]["id"]
    cloud.wait(volume_id, "error")
    messages = cloud.get("/messages")["messages"]
    assert "vendor_name=Nobody" in messages[0]["user_message"]
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 202
    cloud.wait(volume_id, "deleted")


def test_lists_are_paged_sorted_and_filtered(cloud):
    ids = [cloud.volume(name=f"v{n}", metadata={"n": str(n)}) for n in range(3)]
    first = cloud.get("/volumes?limit=2&sort=name:asc")
    assert [one["id"] for one in first["volumes"]] == ids[:2]
    link = first["volumes_links"][0]["href"].partition("/v3")[2]
    assert [one["id"] for one in cloud.get(link)["volumes"]] == ids[2:]
    found = cloud.get("/volumes/detail?metadata={'n':'1'}&with_count=true")
    assert [one["id"] for one in found["volumes"]] == [ids[1]]
    assert found["count"] == 1
    assert [one["id"] for one in cloud.get("/volumes?name~=v2")["volumes"]] == [ids[2]]
    assert cloud.call("GET", "/volumes?colour=red").status_code == 400
    assert cloud.call("GET", "/volumes?colour=red", version="3.0").status_code == 200
    assert cloud.call("GET", f"/volumes?marker={uuid.uuid4()}").status_code == 404


def test_a_worker_that_was_away_carries_out_what_was_asked_meanwhile(cloud):
    cloud.stop_worker()
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 1}})
    volume_id = answer.json["volume"]["id"]
    assert cloud.status(volume_id) == "creating"
    cloud.start_worker()
    cloud.wait(volume_id, "available")


def test_a_report_that_came_while_no_controller_ran_is_not_lost(cloud):
    cloud.stop_controller()
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 1}})
    volume_id = answer.json["volume"]["id"]
    wait_for(lambda: (cloud.pool / "volumes" / volume_id).exists())
    cloud.start_controller()
    cloud.wait(volume_id, "available")


def test_a_volume_in_use_is_not_deleted_and_its_attachment_is_for_compute_to_end(cloud):
    volume_id = cloud.volume()
    attachment = cloud.attached(volume_id, SERVER)
    assert cloud.status(volume_id) == "in-use"
    assert cloud.call("DELETE", f"/volumes/{volume_id}").status_code == 400
    path = f"/attachments/{attachment['id']}"
    assert cloud.call("DELETE", path).status_code == 409
    assert cloud.act(volume_id, "os-detach").status_code == 409
    assert cloud.act(volume_id, "os-force_detach", admin=True).status_code == 409
    assert cloud.call("DELETE", path, roles=("service", "admin")).status_code == 200
    assert cloud.status(volume_id) == "available"


def test_only_services_learn_where_the_bytes_are(cloud):
    volume_id = cloud.volume()
    attachment = cloud.attached(volume_id, SERVER)
    assert attachment["connection_info"]["device_path"].endswith(f"/volumes/{volume_id}")
    seen = cloud.get(f"/attachments/{attachment['id']}")["attachment"]
    assert seen["connection_info"] == {}
    assert "device_path" not in cloud.call("GET", "/attachments/detail").text
    refused = cloud.act(volume_id, "os-initialize_connection", {"connector": {"host": "x"}})
    assert refused.status_code == 403


def test_a_volume_in_use_grows_with_computes_help(cloud):
    volume_id = cloud.volume()
    cloud.attached(volume_id, SERVER)
    assert cloud.act(volume_id, "os-extend", {"new_size": 2}, version="3.41").status_code == 400
    assert cloud.act(volume_id, "os-extend", {"new_size": 2}).status_code == 202
    path, body = cloud.compute.asked[-1]
    assert path == "/os-server-external-events"
    assert body["events"][0]["tag"] == volume_id
    done = {"error": False}
    answer = cloud.act(volume_id, "os-extend_volume_completion", done, roles=("service", "admin"))
    assert answer.status_code == 202
    shown = cloud.get(f"/volumes/{volume_id}")["volume"]
    assert (shown["status"], shown["size"]) == ("in-use", 2)


def test_a_snapshot_of_a_volume_in_use_waits_for_the_guest(cloud):
    volume_id = cloud.volume()
    cloud.attached(volume_id, SERVER)
    before = (cloud.pool / "volumes" / volume_id).resolve()
    body = {"snapshot": {"volume_id": volume_id}}
    assert cloud.call("POST", "/snapshots", body, version="3.0").status_code == 400
    snapshot_id = cloud.call("POST", "/snapshots", body).json["snapshot"]["id"]
    wait_for(lambda: [path for path, _ in cloud.compute.asked if "assisted" in path])
    new_file = cloud.compute.asked[-1][1]["snapshot"]["create_info"]["new_file"]
    assert cloud.status(snapshot_id, "snapshot") == "creating"
    action = {"os-update_snapshot_status": {"status": "available"}}
    path = f"/snapshots/{snapshot_id}/action"
    assert cloud.call("POST", path, action).status_code == 400
    assert cloud.call("POST", path, action, roles=("service", "admin")).status_code == 202
    cloud.wait(snapshot_id, "available", "snapshot")
    assert (cloud.pool / "snapshots" / snapshot_id).resolve() == before
    assert (
        os.path.samefile(cloud.pool / "volumes" / volume_id, new_file)
        or (cloud.pool / "volumes" / volume_id).resolve() != before
    )


def test_a_guest_that_cannot_go_on_elsewhere_leaves_the_snapshot_in_error_and_all_as_it_was(cloud):
    volume_id = cloud.volume()
    cloud.attached(volume_id, SERVER)
    before = (cloud.pool / "volumes" / volume_id).resolve()
    cloud.compute.refusal = 400
    body = {"snapshot": {"volume_id": volume_id}}
    snapshot_id = cloud.call("POST", "/snapshots", body).json["snapshot"]["id"]
    cloud.wait(snapshot_id, "error", "snapshot")
    assert (cloud.pool / "volumes" / volume_id).resolve() == before
    assert list((cloud.pool / "live").iterdir()) == []
    assert cloud.call("DELETE", f"/snapshots/{snapshot_id}").status_code == 202
    cloud.wait(snapshot_id, "deleted", "snapshot")


def test_a_volume_goes_back_to_its_newest_snapshot(cloud):
    volume_id = cloud.volume()
    path = str(cloud.pool / "volumes" / volume_id)
    subprocess.check_call(["qemu-io", "-f", "qcow2", "-c", "write -P 1 0 64k", path])
    old = cloud.snapshot(volume_id)
    new = cloud.snapshot(volume_id)
    subprocess.check_call(["qemu-io", "-f", "qcow2", "-c", "write -P 2 0 64k", path])
    assert cloud.act(volume_id, "revert", {"snapshot_id": old}).status_code == 400
    assert cloud.act(volume_id, "revert", {"snapshot_id": new}).status_code == 202
    cloud.wait(volume_id, "available")
    said = subprocess.check_output(["qemu-io", "-f", "qcow2", "-c", "read -P 1 0 64k", path])
    assert b"verification failed" not in said


def test_an_address_that_ends_where_an_id_should_stand_is_not_found(cloud):
    assert cloud.call("PUT", "/volumes/", {}).status_code == 404
