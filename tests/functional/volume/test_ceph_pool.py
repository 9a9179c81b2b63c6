"""A volume service whose volumes are images of a Ceph pool."""

import pathlib
from collections.abc import Iterator

import pytest

from tests.support.volume_cloud import Cloud
from tests.support.waiting import wait_for
from volume.drivers import loading
from volume.drivers.base import PoolFault
from volume.drivers.ceph.images import Images
from volume.drivers.ceph.pool import Pool, Where

SERVER = "7d0f7d5c-4c5f-4a0b-9b6c-0f5a37f3e1aa"


@pytest.fixture
def cloud(
    sqlite_url: str, bus_url: str, tmp_path: pathlib.Path, ceph_pool: Where
) -> Iterator[Cloud]:
    made = Cloud(sqlite_url, bus_url, tmp_path)
    chosen = {"driver": "rbd", "rbd_pool": ceph_pool.pool, "rbd_user": ceph_pool.user}
    for name, value in {**chosen, "rbd_ceph_conf": str(ceph_pool.conf)}.items():
        made.conf.set_override(name, value, "volume")
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def images(ceph_pool: Where) -> Iterator[Images]:
    pool = Pool(ceph_pool)
    yield Images(pool)
    pool.close()


def made(answer, noun):
    assert answer.status_code == 202, answer.text
    return answer.json[noun]["id"]


def delete(cloud, one_id, noun="volume"):
    assert cloud.call("DELETE", f"/{noun}s/{one_id}").status_code == 202
    cloud.wait(one_id, "deleted", noun)


def test_volumes_come_from_images_share_bytes_and_leave_nothing(cloud, images, tmp_path):
    image_id = cloud.images.add(b"boot" * 4096)
    first = cloud.volume(imageRef=image_id)
    snapshot_id = cloud.snapshot(first)
    second = cloud.volume(size=2, snapshot_id=snapshot_id)
    third = cloud.volume(size=2, source_volid=second)
    delete(cloud, snapshot_id, "snapshot")
    delete(cloud, first)
    delete(cloud, second)
    images.read(f"volume-{third}", tmp_path / "out")
    with open(tmp_path / "out", "rb") as file:
        assert file.read(16384) == b"boot" * 4096
    assert (tmp_path / "out").stat().st_blocks * 512 < 8 << 20
    assert images.has_copies(next(one for one in images.names() if one.startswith("image-")))
    delete(cloud, third)
    assert {one for one in images.names() if not one.startswith("image-")} == set()


def test_a_volume_is_backed_up_restored_uploaded_and_reverted(cloud):
    volume_id = cloud.volume(imageRef=cloud.images.add(b"boot" * 4096))
    backup_id = made(cloud.call("POST", "/backups", {"backup": {"volume_id": volume_id}}), "backup")
    cloud.wait(backup_id, "available", "backup")
    answer = cloud.call("POST", f"/backups/{backup_id}/restore", {"restore": {}})
    restored = answer.json["restore"]["volume_id"]
    cloud.wait(restored, "available")
    assert cloud.act(restored, "os-extend", {"new_size": 2}).status_code == 202
    cloud.wait(restored, "available")
    given = {"image_name": "copy", "disk_format": "qcow2"}
    answer = cloud.act(restored, "os-volume_upload_image", given)
    uploaded = answer.json["os-volume_upload_image"]["image_id"]
    cloud.wait(restored, "available")
    assert b"boot" * 4096 in cloud.images.data[uploaded]
    snapshot_id = cloud.snapshot(volume_id)
    assert cloud.act(volume_id, "revert", {"snapshot_id": snapshot_id}).status_code == 202
    cloud.wait(volume_id, "available")
    delete(cloud, snapshot_id, "snapshot")
    for one in (volume_id, restored):
        delete(cloud, one)


def test_a_volume_in_use_is_snapshotted_and_grows_before_its_guest_hears_of_it(cloud, images):
    volume_id = cloud.volume()
    cloud.attached(volume_id, SERVER)
    body = {"snapshot": {"volume_id": volume_id, "force": True}}
    snapshot_id = made(cloud.call("POST", "/snapshots", body, version="3.65"), "snapshot")
    cloud.wait(snapshot_id, "available", "snapshot")
    assert cloud.compute.asked == []
    assert cloud.act(volume_id, "os-extend", {"new_size": 2}).status_code == 202
    wait_for(lambda: len(cloud.compute.asked), 1)
    assert images.size(f"volume-{volume_id}") == 2 << 30
    answer = cloud.act(
        volume_id, "os-extend_volume_completion", {"error": False}, roles=("service", "admin")
    )
    assert answer.status_code == 202
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["size"] == 2


def test_a_volume_in_use_gets_a_type_that_keeps_files_raw_and_is_not_copied(cloud, images):
    wanted = {"volume_type": {"name": "raw", "extra_specs": {"format": "raw"}}}
    assert cloud.call("POST", "/types", wanted, admin=True).status_code == 200
    volume_id = cloud.volume()
    cloud.attached(volume_id, SERVER)
    before = images.names()
    change = {"new_type": "raw", "migration_policy": "never"}
    assert cloud.act(volume_id, "os-retype", change).status_code == 202
    cloud.wait(volume_id, "in-use")
    assert cloud.get(f"/volumes/{volume_id}")["volume"]["volume_type"] == "raw"
    assert images.names() == before


def test_a_host_is_told_the_way_to_the_image_and_no_key(cloud, ceph_pool):
    volume_id = cloud.volume()
    told = cloud.attached(volume_id, SERVER)["connection_info"]
    assert told["driver_volume_type"] == "rbd"
    assert told["name"] == f"{ceph_pool.pool}/volume-{volume_id}"
    assert told["hosts"] == ["127.0.0.1"]
    assert told["ports"][0] in ceph_pool.conf.read_text()
    assert (told["auth_enabled"], told["auth_username"]) == (True, ceph_pool.user)
    assert told["keyring"] is None
    assert "device_path" not in told


def test_the_pool_tells_its_size_and_no_address(cloud):
    found = cloud.get("/scheduler-stats/get_pools?detail=true", admin=True)["pools"][0]
    assert found["name"].endswith("@rbd#rbd")
    can = found["capabilities"]
    assert can["storage_protocol"] == "ceph"
    assert 0 < can["free_capacity_gb"] <= can["total_capacity_gb"] < 8
    assert "rbd" not in can


def test_what_ceph_cannot_do_ends_in_error_and_the_message_says_what_would_work(cloud):
    specs = {"extra_specs": {"wipe": "<is> True"}}
    kind = cloud.call("POST", "/types", {"volume_type": {"name": "clean", **specs}}, admin=True)
    assert kind.status_code == 200, kind.text
    answer = cloud.call("POST", "/volumes", {"volume": {"size": 1, "volume_type": "clean"}})
    volume_id = answer.json["volume"]["id"]
    cloud.wait(volume_id, "error")
    said = cloud.get("/messages")["messages"]
    assert any("a type without wipe" in one["user_message"] for one in said), said


@pytest.mark.parametrize(
    ("name", "value", "names"),
    [
        ("rbd_pool", "nothing", "no pool nothing"),
        ("rbd_user", "nobody", "client.nobody"),
        ("rbd_ceph_conf", "/none/ceph.conf", "/none/ceph.conf"),
    ],
)
def test_a_host_that_cannot_reach_the_pool_says_why(cloud, name, value, names):
    cloud.conf.set_override(name, value, "volume")
    with pytest.raises(PoolFault, match=names):
        loading.driver(cloud.conf)
